import { totalmem } from 'node:os';
import type { Config } from '../../config/tree.ts';
import { type Clock, systemClock } from '../../core/clock.ts';
import { silentLog } from '../../core/log.ts';
import { type Check, examine } from '../../doctor/examine.ts';
import { type Finding, ok, warn } from '../../doctor/finding.ts';
import { judgeMemory } from '../../doctor/host.ts';
import { dynamoDbClient } from '../../lease/dynamodb/client.ts';
import { openSearchClient } from '../../sink/opensearch/client.ts';
import { kinesisClient } from '../../source/kinesis/client.ts';
import { loadTransform } from '../../transform/load.ts';
import { openSearchOptions } from '../opensearch.ts';
import { applying } from './apply.ts';
import { archiveChecks } from './archive.ts';
import { leaseChecks } from './leases.ts';
import { letterChecks } from './letters.ts';
import { openSearchChecks } from './opensearch.ts';
import { retentionChecks } from './retention.ts';
import { streamChecks } from './stream.ts';

export interface DoctorShell {
  readonly cwd: string;
  /** Whether to install the index template and the ISM policy first. */
  readonly apply: boolean;
  /** The ARN of the IAM role that then gets the workers' role inside OpenSearch; left out: none. */
  readonly worker?: string | undefined;
  readonly stop: AbortSignal;
  /** How long each check may take; left out: 15 s. */
  readonly withinMs?: number;
  readonly clock?: Clock;
}

/** All checks run at once: this is how long the doctor takes at most. */
const WITHIN_MS = 15_000;
/** As if leases were held for so long: two tries of 6 s. */
const PATIENCE_MS = 48_000;

/** What this process may use: its container's limit where there is one, else the machine's memory. */
const memoryLimit = (): number => {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
};

const ownChecks = (config: Config, warnings: readonly string[]): readonly Check[] => [
  {
    name: 'configuration',
    async ask() {
      if (warnings.length === 0) return [ok('configuration', 'the configuration is valid')];
      return warnings.map((warning) => warn('configuration', warning, 'correct the name, or remove the variable'));
    },
  },
  { name: 'memory', ask: async () => [judgeMemory(config.memory.budgetBytes, memoryLimit())] },
];

/**
 * Asks everything that a worker of this configuration will need, and changes nothing but what `apply` says. Rejects only for what is wrong
 * with the configuration itself: a transform or a certificate that cannot be loaded.
 */
export const examineWorld = async (
  config: Config,
  warnings: readonly string[],
  shell: DoctorShell,
): Promise<readonly Finding[]> => {
  const { cwd, stop, withinMs = WITHIN_MS, clock = systemClock } = shell;
  const transform = await loadTransform(config.transform, config.transformOptions, cwd);
  const options = openSearchOptions({ config, clock, log: silentLog });
  const client = openSearchClient(options);
  const kinesis = kinesisClient();
  // No lease hangs on its answers: it has more patience than a worker.
  const dynamoDb = dynamoDbClient(PATIENCE_MS);
  const checks = [
    ...ownChecks(config, warnings),
    ...openSearchChecks({ config, transform, client, tls: options.tls, clock }),
    ...retentionChecks({ config, transform, client }),
    ...streamChecks({ config, kinesis, clock }),
    ...leaseChecks({ config, dynamoDb, kinesis, clock }),
    ...letterChecks({ config, cwd, clock }),
    ...archiveChecks(config),
  ];
  try {
    const examination = { clock, withinMs, stop };
    const applied = shell.apply
      ? await examine(applying({ config, transform, client }, shell.worker), examination)
      : [];
    return [...applied, ...(await examine(checks, examination))];
  } finally {
    kinesis.destroy();
    dynamoDb.destroy();
    // Closing waits for requests under way; the process ends sooner.
    client.close().catch(() => undefined);
  }
};
