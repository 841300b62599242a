import type { Config } from '../../config/tree.ts';
import type { Clock } from '../../core/clock.ts';
import type { Check } from '../../doctor/examine.ts';
import { fail, ok, unseen, waits } from '../../doctor/finding.ts';
import { judgeClock } from '../../doctor/host.ts';
import { adviceFor } from '../../doctor/refusal.ts';
import { judgeRetention, judgeStream } from '../../doctor/stream.ts';
import type { kinesisClient } from '../../source/kinesis/client.ts';
import { onAnswerDate, tryReading } from '../../source/kinesis/rights.ts';
import { describeStream } from '../../source/kinesis/stream.ts';
import { whyThrown } from './parts.ts';

export interface StreamParts {
  readonly config: Config;
  readonly kinesis: ReturnType<typeof kinesisClient>;
  readonly clock: Clock;
}

const DESCRIBE = 'kinesis:DescribeStreamSummary';
/** The Date header counts seconds. */
const DATE_PRECISION_MS = 1_000;

const stream = ({ config, kinesis }: StreamParts): Check => ({
  name: 'stream',
  async ask(signal) {
    try {
      const facts = await describeStream(kinesis, config.stream, signal);
      return [judgeStream(facts), judgeRetention(facts, config.opensearch.retryForMs)];
    } catch (thrown) {
      const why = whyThrown(thrown);
      return [
        fail('stream', `stream ${config.stream} cannot be asked: ${why}`, adviceFor(why, DESCRIBE)),
        waits('stream-retention', 'stream', 'the stream cannot be asked'),
      ];
    }
  },
});

const rights = ({ config, kinesis }: StreamParts): Check => ({
  name: 'stream-rights',
  async ask(signal) {
    const tried = await tryReading(kinesis, config.stream, signal);
    if ('records' in tried) {
      const none = tried.records > 0 ? '' : '; there was none to decrypt just now';
      return [ok('stream-rights', `shards can be listed and records read${none}`)];
    }
    const why = whyThrown(tried.thrown);
    return [fail('stream-rights', `${tried.action} does not work: ${why}`, adviceFor(why, tried.action))];
  },
});

/** By the Date of an answer, whatever it says otherwise. */
const ourClock = ({ config, kinesis, clock }: StreamParts): Check => ({
  name: 'clock',
  async ask(signal) {
    let seen: { readonly date: string; readonly ourMs: number } | undefined;
    onAnswerDate(kinesis, (date) => {
      seen ??= { date, ourMs: clock.wall().getTime() };
    });
    const askedMs = clock.now();
    await describeStream(kinesis, config.stream, signal).catch(() => undefined);
    const dateMs = Date.parse(seen?.date ?? '');
    if (!seen || Number.isNaN(dateMs)) return [unseen('clock', 'Kinesis did not tell its time')];
    return [judgeClock(seen.ourMs - dateMs, clock.now() - askedMs + DATE_PRECISION_MS, 'Kinesis')];
  },
});

/** What Kinesis is asked. */
export const streamChecks = (parts: StreamParts): readonly Check[] => [stream(parts), rights(parts), ourClock(parts)];
