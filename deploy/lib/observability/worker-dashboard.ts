import { Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { workerMetric } from '../service/metrics.ts';

export interface WorkerDashboardProps {
  readonly name: string;
  /** The service's application; undefined where no workers tell CloudWatch anything. */
  readonly application: string | undefined;
  readonly letters: IQueue;
  readonly alarms: readonly Alarm[];
}

const WIDTH = 12;

const graph = (title: string, left: readonly IMetric[]): IWidget =>
  new GraphWidget({ title, left: [...left], width: WIDTH, leftYAxis: { min: 0 } });

const ofWorkers = (application: string): IWidget[][] => {
  const of = (name: string, statistic: 'Maximum' | 'Minimum' | 'Sum') => workerMetric(application, name, statistic);
  // Each worker writes a line a minute.
  const workers = of('LeasesHeld', 'Maximum').with({ statistic: 'SampleCount', label: 'workers' });
  return [
    [
      graph('Lag of the shard that is furthest behind, seconds', [
        of('Lag', 'Maximum'),
        of('CheckpointAge', 'Maximum'),
      ]),
      graph('Workers, and how many there should be', [of('DesiredWorkers', 'Maximum'), workers]),
    ],
    [
      graph('Records and documents a minute', [
        of('RecordsRead', 'Sum'),
        of('DocumentsIndexed', 'Sum'),
        of('DocumentsDuplicate', 'Sum'),
      ]),
      graph('Dead letters, and documents that go again (429, 5xx)', [
        of('DeadLetters', 'Sum'),
        of('DocumentsResent', 'Sum'),
      ]),
    ],
    [
      graph('Bulk requests', [of('BulkRequestsTaken', 'Sum'), of('BulkRequestsNotTaken', 'Sum')]),
      graph('Shards', [of('ShardsOwned', 'Maximum'), of('ShardsUnowned', 'Minimum'), of('ShardsWaiting', 'Minimum')]),
    ],
    [
      graph('Memory budget in use, percent', [of('MemoryBudgetUsed', 'Maximum')]),
      graph('Memory of the largest worker, bytes', [of('ResidentMemory', 'Maximum')]),
    ],
  ];
};

/** What an environment does, on one page. */
export class WorkerDashboard extends Construct {
  constructor(scope: Construct, id: string, { name, application, letters, alarms }: WorkerDashboardProps) {
    super(scope, id);
    new Dashboard(this, 'Dashboard', {
      dashboardName: name,
      defaultInterval: Duration.hours(3),
      widgets: [
        [new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: 2 * WIDTH })],
        ...(application === undefined ? [] : ofWorkers(application)),
        [
          graph('Dead letters that wait', [letters.metricApproximateNumberOfMessagesVisible()]),
          graph('Age of the oldest, seconds', [letters.metricApproximateAgeOfOldestMessage()]),
        ],
      ],
    });
  }
}
