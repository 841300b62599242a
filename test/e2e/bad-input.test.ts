import { PutRecordCommand } from '@aws-sdk/client-kinesis';
import { describe, expect, it } from 'vitest';
import { event } from '../support/event.ts';
import { nastyRecords } from '../support/nasty.ts';
import { rig } from '../support/rig.ts';
import { until } from '../support/until.ts';

const at = (source: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], source);

describe('bad input', () => {
  it('is a document come back byte for byte, or a dead letter with its raw bytes; nothing stops', {
    timeout: 180_000,
  }, async () => {
    await using world = await rig();
    const nasty = nastyRecords();
    const sequenceOf = new Map<string, (typeof nasty)[number]>();
    for (const [i, record] of nasty.entries()) {
      const put = new PutRecordCommand({ StreamName: world.stream, PartitionKey: `${i}`, Data: record.data });
      sequenceOf.set((await world.client.send(put)).SequenceNumber ?? '', record);
    }
    const worker = world.worker({ SHARDLINE_DEAD_LETTER_HOLD_ABOVE: 'off' });
    const accounted = async () =>
      (await worker.metric('shardline_documents_indexed_total')) +
      (await worker.metric('shardline_dead_letters_total'));
    await until(async () => (await accounted()) >= nasty.length, 90_000, 200);

    const hits = new Map((await world.hits()).map((hit) => [hit.id, hit]));
    const letters = new Map(world.letters().map((letter) => [letter.sequence_number, letter]));
    const wrong: string[] = [];
    for (const [sequence, { name, data, becomes }] of sequenceOf) {
      const letter = letters.get(sequence);
      if ('reasons' in becomes) {
        if (!letter || !becomes.reasons.test(letter.reason))
          wrong.push(`${name}: letter ${letter?.reason} ${letter?.message}`);
        else if (!Buffer.from(letter.raw, 'base64').equals(data)) wrong.push(`${name}: other raw bytes`);
        continue;
      }
      const hit = hits.get(becomes.id);
      if (!hit) wrong.push(`${name}: no document; letter ${letter?.reason} ${letter?.message}`);
      for (const [path, text] of Object.entries(becomes.texts ?? {})) {
        if (at(hit?.source, path) !== text)
          wrong.push(`${name}: ${path} came back as ${JSON.stringify(at(hit?.source, path))}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(hits.size + letters.size).toBe(nasty.length);
    await world.put([event('after all that')]);
    await until(async () => (await world.hits()).some(({ id }) => id === 'after all that'));
  });

  it('two events under one id: the first stays, the second is a letter; the same event again is a duplicate', {
    timeout: 60_000,
  }, async () => {
    await using world = await rig({ shards: 1 });
    await world.put([event('same', { song: 'one' }), event('same', { song: 'two' }), event('same', { song: 'one' })]);
    const worker = world.worker();
    await until(async () => (await worker.metric('shardline_documents_duplicate_total')) === 1, 30_000);
    await until(() => world.letters().length === 1);
    expect(world.letters().map(({ reason }) => reason)).toEqual(['id-conflict']);
    const [hit, ...others] = await world.hits();
    expect(others).toEqual([]);
    expect(hit).toMatchObject({ id: 'same', version: 1, source: { song: { title: 'one' } } });
  });

  it('in records of many lines: each bad line is a letter of its own, also an id said twice', {
    timeout: 60_000,
  }, async () => {
    await using world = await rig({ shards: 1 });
    const lines = [event('a'), 'not json', '', event('b'), event('a', { song: 'other' }), '[]'];
    const data = Buffer.from(lines.join('\n'));
    await world.client.send(new PutRecordCommand({ StreamName: world.stream, PartitionKey: 'p', Data: data }));
    const worker = world.worker({ SHARDLINE_DECODE: 'ndjson' });
    await until(async () => (await worker.metric('shardline_dead_letters_total')) === 3, 30_000);
    await until(async () => (await world.count()) === 2, 30_000);
    expect((await world.hits()).map(({ id }) => id)).toEqual(['a', 'b']);
    const letters = world.letters().map(({ reason, raw }) => [reason, Buffer.from(raw, 'base64').toString()]);
    expect(letters.sort()).toEqual([
      ['decode-json', 'not json'],
      ['decode-not-object', '[]'],
      ['document-repeated-id', event('a', { song: 'other' })],
    ]);
  });
});
