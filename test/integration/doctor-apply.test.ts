import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { examineHere } from '../support/doctor.ts';
import { type Meddler, meddler } from '../support/meddler.ts';
import { type Rig, rig } from '../support/rig.ts';
import { scriptedIsm } from '../support/scripted-ism.ts';

const ism = scriptedIsm();
let world: Rig;
let openSearch: Meddler;

beforeAll(async () => {
  openSearch = await meddler(inject('opensearchUrl'));
  openSearch.meddle(ism.meddle);
  world = await rig({ shards: 1, opensearchUrl: openSearch.url });
});

afterAll(async () => {
  await call('DELETE', `/_index_template/${world.prefix}*`);
  await call('DELETE', `/_component_template/${world.prefix}*`);
  await world[Symbol.asyncDispose]();
  await openSearch[Symbol.asyncDispose]();
});

const call = async (method: string, path: string, body?: object): Promise<string> => {
  const headers = { 'content-type': 'application/json' };
  const sent = { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) };
  return (await fetch(`${inject('opensearchUrl')}${path}`, sent)).text();
};

const ask = (more: Readonly<Record<string, string>>, apply?: '--apply') =>
  examineHere(world.folder, { ...world.environment, SHARDLINE_INDEX_WINDOW_PAST: '7d', ...more }, apply !== undefined);

const LIFE = { SHARDLINE_OPENSEARCH_RETENTION: '30d', SHARDLINE_OPENSEARCH_WARM_AFTER: '10d' };
const WANTED = [
  '+ default_state: hot',
  '+ states.hot.actions: none',
  '+ states.hot.transitions: warm when min_index_age 240 h',
  '+ states.warm.actions: {"warm_migration":{}}',
  '+ states.warm.transitions: delete when min_index_age 720 h',
  '+ states.delete.actions: {"delete":{}}',
  '+ states.delete.transitions: none',
];

describe('an ISM policy (answers scripted, the plugin is on no registry)', () => {
  it('is shown, installed when asked for only, and changed only by whoever made it', async () => {
    const first = await ask(LIFE);
    expect(first.of('opensearch-retention')).toMatchObject([{ state: 'warn', diff: expect.arrayContaining(WANTED) }]);
    expect(first.of('index-window')).toMatchObject([{ state: 'ok' }]);
    expect(ism.puts).toEqual([]);

    const applied = await ask(LIFE, '--apply');
    expect(applied.lines).toContain(
      `ok opensearch-retention: applied: ISM policy "${world.prefix}"; it holds for indices made from now on`,
    );
    expect(applied.of('opensearch-retention').at(-1)).toMatchObject({ state: 'ok' });
    expect(applied.of('opensearch-retention').at(-1)?.message).toContain('as this configuration makes it');
    expect(ism.puts).toEqual([world.prefix]);

    const longer = { ...LIFE, SHARDLINE_OPENSEARCH_RETENTION: '60d' };
    ism.managed.set(`${world.prefix}-2026.01.02`, world.prefix).set(`${world.prefix}-2026.01.01`, 'cleanup');
    expect((await ask(longer)).of('opensearch-retention')).toMatchObject([
      {
        state: 'warn',
        diff: [
          '- states.warm.transitions: delete when min_index_age 720 h',
          '+ states.warm.transitions: delete when min_index_age 1440 h',
        ],
      },
    ]);
    const changed = await ask(longer, '--apply');
    expect(ism.puts).toEqual([world.prefix, world.prefix]);
    expect(changed.of('opensearch-retention').at(-1)).toMatchObject({
      state: 'warn',
      message: expect.stringContaining(`1, such as ${world.prefix}-2026.01.01 (cleanup)`),
    });
  });

  it("leaves somebody else's policy alone", async () => {
    const mine = ism.policies.get(world.prefix);
    const policy = { ...mine?.policy, description: 'by hand', default_state: 'other' };
    ism.policies.set(world.prefix, { policy, sequenceNumber: 1 });
    const { code, of } = await ask(LIFE, '--apply');
    expect(code).toBe(1);
    expect(of('opensearch-retention').map(({ state }) => state)).toEqual(['fail', 'fail']);
    expect(of('opensearch-retention')[0]?.message).toContain('was not made by Shardline');
    expect(ism.policies.get(world.prefix)?.policy).toBe(policy);
    ism.policies.delete(world.prefix);
  });

  it('is not installed while it would cover what is no day of ours', async () => {
    const dense = { ...LIFE, SHARDLINE_INDEX: `${world.prefix}{yyyyMMdd}` };
    await call('PUT', `/${world.prefix}-library`);
    ism.puts.length = 0;
    const { code, of } = await ask(dense, '--apply');
    expect(code).toBe(1);
    const messages = of('opensearch-retention').map(({ state, message }) => `${state} ${message}`);
    expect(messages[0]).toBe(`fail not applied: it would cover ${world.prefix}-library`);
    expect(messages.at(-1)).toBe(`fail the policy covers indices that are no days of ours: ${world.prefix}-library`);
    expect(ism.puts).toEqual([]);
    // With separators in the date, and the index for strays named in the configuration.
    const outside = { SHARDLINE_INDEX_WINDOW_OUTSIDE: `${world.prefix}-x.y.z` };
    expect((await ask({ ...LIFE, ...outside })).of('opensearch-retention').at(-1)).toMatchObject({ state: 'fail' });
    expect((await ask(LIFE)).of('opensearch-retention').map(({ state }) => state)).not.toContain('fail');
    await call('DELETE', `/${world.prefix}-library`);
  });

  it('that deletes before the latest event may come is found, whoever installed it', async () => {
    const states = [{ name: 'go', actions: [{ delete: {} }], transitions: [] }];
    const transitions = [{ state_name: 'go', conditions: { min_index_age: '5d' } }];
    const policy = { states: [{ name: 'stay', actions: [], transitions }, ...states], ism_template: [] };
    ism.policies.set('cleanup', { policy, sequenceNumber: 1 });
    ism.managed.set(`${world.prefix}-2026.01.01`, 'cleanup');
    const { code, of } = await ask({});
    expect(code).toBe(1);
    expect(of('index-window')).toMatchObject([
      { state: 'fail', message: expect.stringContaining('deleted after 5 d (ISM policy "cleanup")') },
    ]);
    ism.managed.clear();
  });

  it('is missed where the plugin is', async () => {
    const { code, of } = await ask({ ...LIFE, SHARDLINE_OPENSEARCH_NODE: inject('opensearchUrl') });
    expect(code).toBe(1);
    expect(of('opensearch-retention')).toMatchObject([{ state: 'fail', fix: expect.stringContaining('plugin') }]);
  });
});

describe('the index template', () => {
  it('takes settings and fields from component templates, which never win over its own', async () => {
    const name = `${world.prefix}-own`;
    const settings = { refresh_interval: '30s', number_of_shards: 7 };
    const properties = { mine: { type: 'keyword' }, '@timestamp': { type: 'keyword' } };
    await call('PUT', `/_component_template/${name}`, { template: { settings, mappings: { properties } } });
    const composed = { SHARDLINE_OPENSEARCH_COMPONENT_TEMPLATES: name, SHARDLINE_INDEX: `${world.prefix}-c` };
    const { of, code } = await ask(composed, '--apply');
    expect(of('opensearch-template')).toMatchObject([
      { state: 'ok', message: expect.stringContaining('applied') },
      { state: 'ok', message: expect.stringContaining('as this configuration makes it') },
    ]);
    expect(code).toBe(0);
    const index = `${world.prefix}-c`;
    await call('PUT', `/${index}`);
    const made = JSON.parse(await call('GET', `/${index}`))[index];
    expect(made.settings.index).toMatchObject({ refresh_interval: '30s', number_of_shards: '1' });
    expect(made.mappings.properties).toMatchObject({ mine: { type: 'keyword' }, '@timestamp': { type: 'date' } });
    expect((await ask(composed)).of('opensearch-index')).toMatchObject([{ state: 'ok' }]);
  });

  it('names a component template that is not there, and one of a higher priority that wins', async () => {
    const missing = { SHARDLINE_OPENSEARCH_COMPONENT_TEMPLATES: `${world.prefix}-nope` };
    const { of, code } = await ask(missing, '--apply');
    expect(code).toBe(1);
    expect(of('opensearch-template')[0]).toMatchObject({ state: 'fail', message: expect.stringContaining('-nope') });
    const winner = { index_patterns: [`${world.prefix}-*`], priority: 900, template: {} };
    await call('PUT', `/_index_template/${world.prefix}-winner`, winner);
    expect((await ask({})).of('opensearch-template')).toContainEqual(
      expect.objectContaining({ state: 'fail', message: expect.stringContaining('higher priority') }),
    );
  });
});
