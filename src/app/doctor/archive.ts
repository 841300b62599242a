import type { Config } from '../../config/tree.ts';
import type { Check } from '../../doctor/examine.ts';
import { type Finding, fail, ok } from '../../doctor/finding.ts';
import { adviceFor } from '../../doctor/refusal.ts';

const NAME = 'archive';

const ask = async (to: string, signal: AbortSignal): Promise<Finding> => {
  const [{ firehoseClient }, { firehoseWire }] = await Promise.all([
    import('../../dead-letter/firehose/client.ts'),
    import('../../dead-letter/firehose/wire.ts'),
  ]);
  const wire = firehoseWire({ client: firehoseClient(), stream: to, readFrom: undefined });
  try {
    const trouble = await wire.check(signal);
    if (trouble !== undefined) return fail(NAME, trouble, adviceFor(trouble, 'firehose:DescribeDeliveryStream'));
    return ok(
      NAME,
      `firehose://${to} is active and delivers to S3; the right to send is seen with the first record only`,
    );
  } finally {
    wire.close();
  }
};

/** What the archive's stream is asked, where there is one: what the service itself asks. */
export const archiveChecks = ({ archive: { to } }: Pick<Config, 'archive'>): readonly Check[] => [
  {
    name: NAME,
    ask: async (signal) => [
      to === undefined ? ok(NAME, 'no record is archived: archive.to is left out') : await ask(to, signal),
    ],
  },
];
