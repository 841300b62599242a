import { isObject } from '../../core/is-object.ts';
import { member, type Request } from './client.ts';

/** Begins the description of a role of ours; others are left alone. */
const OURS = 'Shardline: ';

/** What a worker may do inside a domain with fine-grained access control, and no more. */
export const roleBody = (name: string, indexPatterns: readonly string[]) => ({
  description: `${OURS}what workers of ${name} need`,
  cluster_permissions: [
    'cluster:monitor/main',
    'indices:data/write/bulk',
    'indices:data/read/mget',
    'indices:admin/index_template/get',
    'indices:admin/index_template/put',
  ],
  index_permissions: [{ index_patterns: indexPatterns, allowed_actions: ['create_index', 'index', 'get'] }],
});

const rolePath = (name: string): string => `/_plugins/_security/api/roles/${encodeURIComponent(name)}`;
const mappingPath = (name: string): string => `/_plugins/_security/api/rolesmapping/${encodeURIComponent(name)}`;

export const roleRequest = (name: string): Request => ({ method: 'GET', path: rolePath(name) });

/** Of the answer to roleRequest. */
export const isOurRole = (body: unknown, name: string): boolean => {
  const role = isObject(body) ? body[name] : undefined;
  const description = member(role, 'description');
  return typeof description === 'string' && description.startsWith(OURS);
};

export const putRoleRequest = (name: string, indexPatterns: readonly string[]): Request => ({
  method: 'PUT',
  path: rolePath(name),
  body: roleBody(name, indexPatterns),
});

export const mappingRequest = (name: string): Request => ({ method: 'GET', path: mappingPath(name) });

/** Whoever has the role keeps it, and this backend role gets it; `stored` is the answer to mappingRequest, if there is one. */
export const putMappingRequest = (name: string, stored: unknown, backendRole: string): Request => {
  const mapping = isObject(stored) ? stored[name] : undefined;
  const listed = (key: string): readonly unknown[] => {
    const list = member(mapping, key);
    return Array.isArray(list) ? list : [];
  };
  return {
    method: 'PUT',
    path: mappingPath(name),
    body: {
      backend_roles: [...new Set([...listed('backend_roles'), backendRole])],
      users: listed('users'),
      hosts: listed('hosts'),
      and_backend_roles: listed('and_backend_roles'),
    },
  };
};
