import { breathe } from '../core/breathe.ts';
import { systemClock } from '../core/clock.ts';
import { openBundles, UnreadableBundle } from '../dead-letter/read.ts';
import { Sieve, type Sifted } from '../dead-letter/sieve.ts';
import { streamName } from '../source/kinesis/stream.ts';
import { loadTransform } from '../transform/load.ts';
import { type LetterJob, openLetterSource, selectionOf, unreadableTeller } from './letter-job.ts';
import { letterTrial, type Trial } from './try-letter.ts';

export interface TrialJob extends LetterJob {
  readonly cwd: string;
  readonly onTrial: (trial: Trial) => Promise<void>;
  readonly onStopSignal: (callback: () => void) => void;
}

export interface TrialResult extends Sifted {
  /** About how many letters a queue holds that were not looked at: that would change the queue. */
  readonly queued: number;
  readonly stopped: boolean;
}

/** Says of each letter what today's transform would make of it, and changes nothing anywhere. OpenSearch is not asked. */
export const tryLetters = async (job: TrialJob): Promise<TrialResult> => {
  const { config } = job;
  const stop = new AbortController();
  job.onStopSignal(() => stop.abort());
  const transform = await loadTransform(config.transform, config.transformOptions, job.cwd);
  const trial = letterTrial({ config, transform, stream: streamName(config.stream), clock: systemClock });
  const source = await openLetterSource(job, false);
  const selection = selectionOf(job);
  const sieve = new Sieve({ ...source, selection, begunAt: '', onUnreadable: unreadableTeller(job.note) });
  const waiting = await source.queue?.waiting(stop.signal);
  const queued = waiting ? waiting.here + waiting.received : 0;
  try {
    for await (const { bundle, lines } of openBundles(source.place, selection, stop.signal)) {
      try {
        for await (const some of lines) {
          for (const line of some) {
            if (stop.signal.aborted) break;
            const letter = await sieve.sift(line, bundle.name, stop.signal);
            if (letter && letter !== 'copy') await job.onTrial(await trial(letter));
          }
          await breathe();
        }
      } catch (thrown) {
        if (!(thrown instanceof UnreadableBundle) || stop.signal.aborted) throw thrown;
        sieve.unreadable(bundle.name, thrown.message);
      }
      if (stop.signal.aborted) break;
    }
  } catch (thrown) {
    if (!stop.signal.aborted) throw thrown;
  } finally {
    await source.close();
  }
  return { ...sieve.counts, queued, stopped: stop.signal.aborted };
};
