import { askKinesis } from '../src/local/kinesis/ask.ts';
import { benchEvent } from './events.ts';
import type { Stage } from './stage.ts';

const BATCH = 500;
/** Events pass faster than real time (see `benchEvent`): begun a day ago, a run stays clear of the index window's end. */
const DAY_MS = 86_400_000;

export const createStream = async (stage: Stage, stream: string, shards: number): Promise<void> => {
  await askKinesis(stage.kinesisUrl, 'CreateStream', { StreamName: stream, ShardCount: shards });
};

/** Puts the events from number `from` up to `to`. */
export const putEvents = async (stage: Stage, stream: string, from: number, to: number, startMs: number) => {
  for (let at = from; at < to; at += BATCH) {
    const numbers = Array.from({ length: Math.min(BATCH, to - at) }, (_, i) => at + i);
    const records = numbers.map((number) => {
      const { partitionKey, json } = benchEvent(number, startMs);
      return { PartitionKey: partitionKey, Data: Buffer.from(json).toString('base64') };
    });
    await askKinesis(stage.kinesisUrl, 'PutRecords', { StreamName: stream, Records: records });
  }
};

/** Puts `perSecond` events a second until the signal aborts. */
export const flow = async (stage: Stage, stream: string, perSecond: number, signal: AbortSignal): Promise<void> => {
  const { clock } = stage.machine;
  const begunMs = clock.now();
  const startMs = Date.now() - DAY_MS;
  let put = 0;
  while (!signal.aborted) {
    const due = Math.floor(((clock.now() - begunMs) / 1000) * perSecond);
    if (due > put) await putEvents(stage, stream, put, due, startMs);
    put = Math.max(put, due);
    await clock.sleep(20, signal);
  }
};
