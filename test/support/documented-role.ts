import { readFileSync } from 'node:fs';

export interface Role {
  readonly cluster_permissions: readonly string[];
  readonly index_permissions: readonly {
    readonly index_patterns: readonly string[];
    readonly allowed_actions: readonly string[];
  }[];
}

/** A role that docs/opensearch-auth.md gives, for a rig's own indices. */
export const documentedRole = (whose: 'worker' | 'doctor', prefix: string): Role => {
  const page = readFileSync(new URL('../../docs/opensearch-auth.md', import.meta.url), 'utf8');
  const roles = [...page.matchAll(/```json\n(\{\n {2}"cluster_permissions".*?)```/gs)].map(([, json = '']) => json);
  const json = roles[whose === 'worker' ? 0 : 1];
  if (roles.length !== 2 || !json?.includes('"music-events-*"')) throw new Error('the page shows other roles now');
  return JSON.parse(json.replace('music-events-*', `${prefix}-*`)) as Role;
};
