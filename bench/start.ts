import type { Figures } from './report.ts';
import { resetSink, untilAcknowledged } from './sink.ts';
import type { Stage } from './stage.ts';
import { createStream, putEvents } from './stream.ts';
import { usageOf } from './usage.ts';
import { startWorker } from './worker.ts';

const STREAM = 'start';
const EVENTS = 4_000;
const DAYS_MS = 86_400_000;

/** From the process's start to its first acknowledged document: for a new application, and again after a clean stop. */
export const start = async (stage: Stage): Promise<{ rows: Record<string, Figures> }> => {
  const { clock } = stage.machine;
  await createStream(stage, STREAM, 4);
  const first = async (from: number): Promise<Figures> => {
    await putEvents(stage, STREAM, from, from + EVENTS, Date.now() - DAYS_MS);
    await resetSink(stage);
    const begunMs = clock.now();
    const worker = startWorker(stage, `start-${process.pid}`, STREAM);
    await untilAcknowledged(stage, 1, worker);
    const seconds = (clock.now() - begunMs) / 1000;
    const { cpuSeconds } = usageOf(worker.child.pid);
    await untilAcknowledged(stage, EVENTS, worker);
    await worker.child.stop(10_000);
    return { 'first document s': seconds, 'CPU-s until then': cpuSeconds };
  };
  return { rows: { 'new application': await first(0), 'after a clean stop': await first(EVENTS) } };
};
