import { expect, it } from 'vitest';
import { isOurRole, putMappingRequest, roleBody } from '../../../src/sink/opensearch/worker-role.ts';
import { documentedRole } from '../../support/documented-role.ts';

it('is the documented one', () => {
  const { description, ...role } = roleBody('music-events', ['music-events-*']);
  expect(role).toEqual(documentedRole('worker', 'music-events'));
  expect(isOurRole({ 'music-events': { ...role, description } }, 'music-events')).toBe(true);
});

it('of somebody else is known as theirs', () => {
  expect(isOurRole({ a: { description: 'Mine' } }, 'a')).toBe(false);
  expect(isOurRole({ a: {} }, 'a')).toBe(false);
  expect(isOurRole({}, 'a')).toBe(false);
});

it('is given to one more, once', () => {
  const stored = { a: { backend_roles: ['x'], users: ['u'], hosts: ['h'], and_backend_roles: ['y'], reserved: false } };
  const body = { backend_roles: ['x', 'arn'], users: ['u'], hosts: ['h'], and_backend_roles: ['y'] };
  expect(putMappingRequest('a', stored, 'arn').body).toEqual(body);
  expect(putMappingRequest('a', { a: body }, 'arn').body).toEqual(body);
  const none = { backend_roles: ['arn'], users: [], hosts: [], and_backend_roles: [] };
  expect(putMappingRequest('a', undefined, 'arn').body).toEqual(none);
});
