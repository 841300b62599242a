import { type Connectors, KINESIS_CONNECTOR } from '../../src/local/spark/jars.ts';

/** Everything that the jobs read from and write to. Spark's Kafka connector of its very version is on no public repository. */
export const CONNECTORS: Connectors = {
  label: 'the connectors of Spark',
  size: '310 MB',
  artifacts: [
    'org.apache.spark:spark-sql-kafka-0-10_2.12:3.5.7',
    'org.apache.spark:spark-token-provider-kafka-0-10_2.12:3.5.7',
    'org.apache.kafka:kafka-clients:3.4.1',
    'org.apache.commons:commons-pool2:2.11.1',
    ...KINESIS_CONNECTOR.artifacts,
    'org.apache.hadoop:hadoop-aws:3.3.4',
    'com.amazonaws:aws-java-sdk-bundle:1.12.262',
    'com.amazon.redshift:redshift-jdbc42:2.1.0.34',
  ],
};
