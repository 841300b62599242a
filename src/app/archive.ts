import { type Archive, openArchive } from '../archive/archive.ts';
import type { Config } from '../config/tree.ts';
import type { Clock, Random } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import type { Probe } from '../core/probe.ts';
import { deadLetterProbe } from '../dead-letter/probe.ts';
import type { Metrics } from '../telemetry/metrics.ts';

const RETRY = { firstMs: 200, maxMs: 5_000 };

export interface ArchiveParts {
  readonly config: Pick<Config, 'application' | 'archive'>;
  /** The stream's name, as it stands in every line. */
  readonly stream: string;
  readonly metrics: Pick<Metrics, 'archived'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** The archive, and what /readyz asks of it. */
export type WorkerArchive = Archive & { readonly probe: Probe };

/** The archive that the configuration names; undefined, and nothing loaded, where it names none. */
export const openWorkerArchive = async (parts: ArchiveParts): Promise<WorkerArchive | undefined> => {
  const { config, metrics, stream, clock, random, log } = parts;
  const { to } = config.archive;
  if (to === undefined) return undefined;
  const { firehoseClient } = await import('../dead-letter/firehose/client.ts');
  const { firehoseWire, MOST } = await import('../dead-letter/firehose/wire.ts');
  const { sendTexts } = await import('../dead-letter/send-texts.ts');
  const wire = firehoseWire({ client: firehoseClient(), stream: to, readFrom: undefined });
  const archive = openArchive({
    application: config.application,
    stream,
    send: (packs, signal) => sendTexts(wire, packs, MOST, signal),
    close: async () => wire.close(),
    observe: metrics,
    backoff: RETRY,
    clock,
    random,
    log,
  });
  const reach = deadLetterProbe(wire, clock);
  const check: Probe['check'] = async (signal) => archive.trouble() ?? (await reach.check(signal));
  return { ...archive, probe: { name: 'archive', check } };
};
