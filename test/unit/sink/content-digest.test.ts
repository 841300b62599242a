import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentDigest } from '../../../src/sink/content-digest.ts';
import { digestOf } from '../../../src/sink/prepare.ts';

describe('the digest of contents', () => {
  it('is the one that the document carries, whatever JSON it holds', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (body) => {
        delete body.ingest;
        const json = JSON.stringify(body);
        const stored: unknown = JSON.parse(`${json.slice(0, -1)}${json === '{}' ? '' : ','}"ingest":{"digest":"x"}}`);
        expect(contentDigest(stored)).toBe(digestOf(JSON.stringify(JSON.parse(json))));
      }),
    );
  });

  it('is another for another value, another order, one field more or less', () => {
    const digests = ['{"a":1,"b":[1,2]}', '{"a":2,"b":[1,2]}', '{"b":[1,2],"a":1}', '{"a":1}', '{"a":1,"b":[2,1]}'].map(
      (json) => contentDigest(JSON.parse(json)),
    );
    expect(new Set(digests).size).toBe(digests.length);
  });

  it('of what is no document is none', () => {
    for (const value of [undefined, null, 'text', 7]) expect(contentDigest(value)).toBeUndefined();
  });
});
