import { describe, expect, it } from 'vitest';
import { commonMappings, mergeMappings } from '../../../../src/transform/common-mappings.ts';
import { CANONICAL, documentOf, LOG, transformOf } from './support.ts';

/** Every leaf of a document by its path, `extra` apart. */
const leaves = (body: object, path = ''): string[] =>
  Object.entries(body).flatMap(([key, value]) =>
    typeof value === 'object' ? leaves(value, `${path}${key}.`) : [`${path}${key}`],
  );

const mappings = mergeMappings(commonMappings, transformOf().template?.mappings ?? {});

const mappingOf = (path: string): unknown =>
  path.split('.').reduce<unknown>((at, name) => Object(Object(Object(at).properties)[name]), mappings);

describe('the index template of music-events', () => {
  it('maps every field that a document can have', () => {
    const paths = [documentOf(CANONICAL), documentOf(LOG, { keep_names: true })].flatMap(({ body }) => leaves(body));
    for (const path of paths)
      expect([path, mappingOf(path)]).toEqual([
        path,
        { type: expect.any(String) as string, ...Object(mappingOf(path)) },
      ]);
    expect(new Set(paths).size).toBe(27);
  });

  it('bounds keywords, knows dates and floats, and grows by nothing', () => {
    expect(mappingOf('event.id')).toEqual({ type: 'keyword', ignore_above: 8191 });
    expect(mappingOf('song.duration_seconds')).toEqual({ type: 'float' });
    expect(mappingOf('user.registered_at')).toEqual({ type: 'date' });
    expect(mappingOf('analytics.is_play')).toEqual({ type: 'boolean' });
    expect(mappingOf('extra')).toEqual({ type: 'object', dynamic: false, enabled: false });
    expect(mappings).toMatchObject({ dynamic: false });
  });

  it('has the common fields, and these cannot be overruled', () => {
    expect(mappingOf('@timestamp')).toEqual({ type: 'date' });
    expect(mappingOf('ingest.digest')).toEqual({ type: 'keyword', ignore_above: 8191 });
    const own = mergeMappings(commonMappings, {
      dynamic: 'strict',
      properties: { ingest: { type: 'text' }, a: { type: 'long' } },
    });
    expect(own).toMatchObject({ dynamic: 'strict', properties: { a: { type: 'long' }, ...commonMappings.properties } });
  });
});
