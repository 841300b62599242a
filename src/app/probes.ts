import type { Clock } from '../core/clock.ts';
import type { DeadLetters } from '../core/letter.ts';
import type { Probe } from '../core/probe.ts';
import { deadLetterProbe } from '../dead-letter/probe.ts';
import { type LeaseBoard, leaseTableProbe } from '../lease/board.ts';
import { openSearchProbe } from '../sink/opensearch/probe.ts';
import type { kinesisClient } from '../source/kinesis/client.ts';
import { kinesisProbe } from '../source/kinesis/probe.ts';
import type { WorkerArchive } from './archive.ts';
import type { SinkSide } from './sink.ts';

/** What the probes ask. */
export interface ProbeParts {
  readonly kinesis: ReturnType<typeof kinesisClient>;
  readonly stream: string;
  readonly board: LeaseBoard;
  readonly sink: SinkSide;
  readonly letters: DeadLetters;
  readonly archive: WorkerArchive | undefined;
  readonly clock: Clock;
  readonly node: string;
  /** The index to ask for, where OpenSearch cannot be asked for itself. */
  readonly probeIndex: (() => string) | undefined;
  /** Why the index template is not installed yet; undefined once it is. */
  readonly templateTrouble: () => string | undefined;
}

/** Whether what is sent arrives: a sink that answers its probe may still refuse every bulk. */
const deliveryProbe = ({ sink, templateTrouble }: ProbeParts): Probe => ({
  name: 'delivery',
  async check() {
    const trouble = sink.writer.trouble();
    if (trouble) return `nothing is indexed since ${trouble.since.toISOString()}: ${trouble.why}`;
    return templateTrouble() ?? sink.letterbox.trouble();
  },
});

/** What /readyz asks: OpenSearch, Kinesis, the lease table, the dead-letter target, whether documents get through, and the archive. */
export const probesOf = (parts: ProbeParts): readonly Probe[] => [
  openSearchProbe({ client: parts.sink.client, node: parts.node, index: parts.probeIndex }),
  kinesisProbe(parts.kinesis, parts.stream),
  leaseTableProbe(parts.board),
  deadLetterProbe(parts.letters, parts.clock),
  deliveryProbe(parts),
  ...(parts.archive ? [parts.archive.probe] : []),
];
