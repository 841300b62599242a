import { describe, expect, it } from 'vitest';
import { parseSequence, sequenceNumbers } from '../../../../src/local/kinesis/sequence.ts';
import { evenRanges, ShardState } from '../../../../src/local/kinesis/shard-state.ts';

const [range = { start: 0n, end: 0n }] = evenRanges(1);
const put = (shard: ShardState) => BigInt(shard.put(1000, '', 'k', 1).sequence);

describe('sequence numbers', () => {
  it('tell what they were made of', () => {
    const text = sequenceNumbers(4711, 1_700_000_000)(123_456n, 1_700_000_099);
    expect(parseSequence(text)).toEqual({ shardIndex: 4711, shardCreatedSeconds: 1_700_000_000, ordinal: 123_456n });
    expect(text).toMatch(/^49\d{54}$/);
    for (const foreign of ['', '0', '1'.repeat(56), `${text}0`, String(BigInt(text) + 1n)])
      expect(parseSequence(foreign)).toBeUndefined();
  });

  it('ascend from parent to child, though both are of one second', () => {
    const parent = new ShardState(15, range, [], 1_700_000_000_000);
    const last = put(parent);
    const child = new ShardState(16, range, [parent], 1_700_000_000_001);
    parent.close(1_700_000_000_001, [child]);
    expect(put(child)).toBeGreaterThan(last);
    expect(BigInt(parent.endingSequence ?? 0)).toBeGreaterThan(last);
    expect(BigInt(child.startingSequence)).toBeGreaterThan(BigInt(parent.endingSequence ?? 0));
  });
});
