import { describe, expect, it } from 'vitest';
import { checkSpecial, type SpecialMembers } from '../../../src/transform/special.ts';

const check = (more: Partial<SpecialMembers>) => {
  const none = { op: undefined, version: undefined, index: undefined, routing: undefined, pipeline: undefined };
  return checkSpecial({ id: 'a', body: {}, ...none, ...more }, new Set(['users', 'artists']));
};

describe('what makes a document special', () => {
  it.each([
    ['another index', { index: 'users' }, { op: 'create', index: 'users', version: undefined }],
    ['routing and pipeline', { routing: 'é', pipeline: 'p' }, { op: 'create', routing: 'é', pipeline: 'p' }],
    ['a create that says so', { op: 'create', id: undefined }, { op: 'create' }],
    ['the least version', { op: 'index', version: 0n }, { op: 'index', version: 0n }],
    ['the highest version', { op: 'index', version: 2n ** 63n - 1n }, { version: 9_223_372_036_854_775_807n }],
    ['a deletion', { op: 'delete', body: undefined, version: 7n }, { op: 'delete', version: 7n }],
  ])('%s', (_name, members, expected) => {
    expect(check(members)).toMatchObject(expected);
  });

  it.each([
    ['update', { op: 'update', version: 1n }, 'the whole document with op index'],
    ['an unknown op', { op: 'INDEX' }, 'the op is "INDEX"; expected create, index or delete'],
    ['an op that is null', { op: null }, 'the op is null'],
    ['index without a version', { op: 'index' }, 'op index needs a version from the event'],
    ['delete without a version', { op: 'delete', body: undefined }, 'op delete needs a version from the event'],
    ['a number as version', { op: 'index', version: 5 }, 'of type number; expected a bigint'],
    ['a text as version', { op: 'index', version: '5' }, 'the version is "5"; expected a bigint'],
    ['a negative version', { op: 'index', version: -1n }, 'outside 0 to 9223372036854775807'],
    ['a version of 64 bits', { op: 'index', version: 2n ** 63n }, 'outside 0 to 9223372036854775807'],
    ['create with a version', { version: 1n }, 'op create takes no version'],
    ['index without an id', { op: 'index', version: 1n, id: undefined }, 'op index needs an id from the event'],
    ['delete with a body', { op: 'delete', version: 1n }, 'op delete takes no body'],
    [
      'delete with a pipeline',
      { op: 'delete', version: 1n, body: undefined, pipeline: 'p' },
      'op delete takes no pipeline',
    ],
    [
      'an index that is not listed',
      { index: 'users-1' },
      'the index is "users-1"; expected one that the transform lists',
    ],
    ['an index that is no text', { index: ['users'] }, 'the index is of type object'],
    ['an empty routing', { routing: '' }, 'the routing is ""; expected text of 1 to 512 bytes'],
    ['a number as routing', { routing: 7 }, 'the routing is of type number'],
    ['half a surrogate pair', { routing: 'a\ud800' }, 'the routing is'],
    ['too long a routing', { routing: 'é'.repeat(257) }, 'expected text of 1 to 512 bytes'],
    ['an empty pipeline', { pipeline: '' }, 'the pipeline is ""'],
  ])('refused: %s', (_name, members, detail) => {
    const problem = check(members);
    expect(problem).toContain(detail);
    expect(String(problem).length).toBeLessThan(300);
  });
});
