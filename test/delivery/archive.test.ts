import { PutRecordCommand } from '@aws-sdk/client-kinesis';
import { describe, expect, it } from 'vitest';
import { event } from '../support/event.ts';
import { firehosePlace } from '../support/letter-places.ts';
import { rig } from '../support/rig.ts';
import { until } from '../support/until.ts';

const EVENTS = 100;
const PATIENT = 60_000;

interface Line {
  readonly sequence_number: string;
  readonly part?: number;
  readonly parts?: number;
  readonly raw: string;
}

/** Puts together what lines say, as a reader of the archive would: at least once, large records in parts. */
const recordsIn = (texts: readonly string[]): ReadonlyMap<string, string> => {
  const parts = new Map<string, Map<number, Buffer>>();
  const wanted = new Map<string, number>();
  for (const text of texts) {
    const { sequence_number, part = 1, parts: count = 1, raw }: Line = JSON.parse(text);
    const known = parts.get(sequence_number) ?? new Map<number, Buffer>();
    parts.set(sequence_number, known.set(part, Buffer.from(raw, 'base64')));
    wanted.set(sequence_number, count);
  }
  const whole = [...parts].filter(([number, known]) => known.size === wanted.get(number));
  return new Map(
    whole.map(([number, known]) => {
      const ordered = [...known].sort(([a], [b]) => a - b).map(([, bytes]) => bytes);
      return [number, Buffer.concat(ordered).toString('base64')];
    }),
  );
};

describe('the archive', () => {
  it('holds every record byte for byte, whatever befalls Firehose and the worker; an outage holds the checkpoint', {
    timeout: 240_000,
  }, async () => {
    await using place = await firehosePlace();
    await using world = await rig({ shards: 2 });
    const sent = new Map<string, string>();
    const put = async (data: Uint8Array) => {
      const record = new PutRecordCommand({ StreamName: world.stream, PartitionKey: `${sent.size}`, Data: data });
      const { SequenceNumber = '' } = await world.client.send(record);
      sent.set(SequenceNumber, Buffer.from(data).toString('base64'));
    };
    const some = async (from: number, count: number) => {
      for (let n = from; n < from + count; n += 1) await put(Buffer.from(event(`e${n}`)));
    };
    const environment = {
      AWS_ENDPOINT_URL_FIREHOSE: place.proxyUrl,
      SHARDLINE_ARCHIVE_TO: `firehose://${place.stream}`,
    };
    const missing = async () => {
      const found = recordsIn(await place.read());
      return [...sent].filter(([number, raw]) => found.get(number) !== raw).map(([number]) => number);
    };
    const complete = () => until(async () => (await missing()).length === 0, PATIENT, 200);

    const doctor = async (to: string) => {
      const command = world.command(['doctor', '--json'], { ...environment, SHARDLINE_ARCHIVE_TO: to });
      const { findings } = JSON.parse((await command.ended).out) as { findings: { check: string; state: string }[] };
      return findings.filter(({ check }) => check === 'archive').map(({ state }) => state);
    };
    expect(await Promise.all([doctor(`firehose://${place.stream}`), doctor('firehose://nobody-made-this')])).toEqual([
      ['ok'],
      ['fail'],
    ]);

    const worker = world.worker(environment);
    await some(0, EVENTS);
    await put(Buffer.from('no event at all'));
    await put(Buffer.from(event('large', { note: 'é'.repeat(400_000) })));
    await complete();
    const failures = () => worker.log().split('records for the archive cannot be written').length - 1;

    for (const kind of ['throttling', 'partial failure', 'lost answers'] as const) {
      const before = failures();
      place.fault(kind);
      await some(sent.size, 20);
      // Large ones travel alone: of several in one request, the second one fails.
      await until(
        async () => {
          for (let i = 0; i < 3; i += 1) await put(Buffer.from(event(`e${sent.size}`, { note: 'x'.repeat(400_000) })));
          return failures() > before;
        },
        PATIENT,
        1_000,
      );
      place.fault();
      await complete();
    }

    // Away for good: all is indexed, nothing is checkpointed, and the next worker archives it.
    place.fault('outage');
    const documents = await world.count();
    await some(sent.size, 50);
    await until(async () => (await world.count()) === documents + 50, PATIENT);
    await until(async () => (await worker.readiness()).status === 503, PATIENT);
    expect((await worker.readiness()).text).toContain('archive');
    expect(await missing()).toHaveLength(50);
    await worker.child.kill();
    place.fault();
    const next = world.worker(environment);
    await complete();
    await until(async () => (await next.metric('shardline_archived_records_total')) >= 50, PATIENT);
    await until(async () => (await next.readiness()).status === 200, PATIENT);
    next.child.signal('SIGTERM');
    expect(await next.child.ended, next.log().slice(-2_000)).toBe('exit code 0');
  });
});
