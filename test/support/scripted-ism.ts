import type { Answer, Asked, Meddle } from './meddler.ts';

interface Stored {
  readonly policy: Readonly<Record<string, unknown>>;
  readonly sequenceNumber: number;
}

/**
 * What Index State Management answers, as its documentation and its API specification have it; the plugin itself is on
 * no package registry. Everything else goes on to the real OpenSearch.
 */
export const scriptedIsm = () => {
  const policies = new Map<string, Stored>();
  /** Which policy each index has. */
  const managed = new Map<string, string>();
  const puts: string[] = [];
  const json = (status: number, body: object): Answer => ({
    status,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(body)),
  });
  const refused = (status: number, reason: string): Answer =>
    json(status, { error: { type: 'status_exception', reason, root_cause: [] }, status });
  const shown = (name: string, { policy, sequenceNumber }: Stored) => ({
    _id: name,
    _version: 1,
    _seq_no: sequenceNumber,
    _primary_term: 1,
    policy: withDefaults(name, policy),
  });
  const put = (name: string, query: URLSearchParams, { body }: Asked): Answer => {
    const there = policies.get(name);
    const expected = query.get('if_seq_no');
    if (there && expected === null) return refused(409, `[${name}]: version conflict, document already exists`);
    if (there && Number(expected) !== there.sequenceNumber) return refused(409, `[${name}]: version conflict`);
    puts.push(name);
    const { policy } = JSON.parse(body.toString());
    const stored = { policy, sequenceNumber: (there?.sequenceNumber ?? 6) + 1 };
    policies.set(name, stored);
    return json(there ? 200 : 201, shown(name, stored));
  };
  const explain = (): Answer => {
    const entries = [...managed].map(([index, policy]) => [
      index,
      {
        'index.plugins.index_state_management.policy_id': policy,
        'index.opendistro.index_state_management.policy_id': policy,
        enabled: true,
      },
    ]);
    return json(200, { ...Object.fromEntries(entries), total_managed_indices: entries.length });
  };
  const meddle: Meddle = async (asked, forward) => {
    const { pathname, searchParams } = new URL(asked.path, 'http://x');
    if (pathname.startsWith('/_plugins/_ism/explain/')) return explain();
    const name = /^\/_plugins\/_ism\/policies\/([^/]+)$/.exec(pathname)?.[1];
    if (name === undefined) return forward();
    if (asked.method === 'PUT') return put(name, searchParams, asked);
    const there = policies.get(name);
    return there ? json(200, shown(name, there)) : refused(404, 'Policy not found');
  };
  return { meddle, policies, managed, puts };
};

/** As the plugin gives a policy back: with how often each action is tried, and times. */
const withDefaults = (name: string, policy: Readonly<Record<string, unknown>>) => ({
  policy_id: name,
  last_updated_time: 1_577_990_934_044,
  schema_version: 21,
  error_notification: null,
  ...policy,
  states: (policy.states as { actions: object[] }[]).map((state) => ({
    ...state,
    actions: state.actions.map((action) => ({
      retry: { count: 3, backoff: 'exponential', delay: '1m' },
      ...action,
    })),
  })),
  ism_template: (policy.ism_template as object[]).map((each) => ({ ...each, last_updated_time: 1_577_990_934_044 })),
});
