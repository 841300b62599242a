import { expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { showConfig } from '../../../src/config/show.ts';

const load = (links: string) =>
  loadConfig({
    cwd: '/nonexistent',
    env: {
      SHARDLINE_APPLICATION: 'music-events',
      SHARDLINE_STREAM: 'music-events',
      SHARDLINE_OPENSEARCH_NODE: 'http://localhost:9200',
      SHARDLINE_OPENSEARCH_AUTH: 'none',
      SHARDLINE_DEAD_LETTER_TO: 'file:./letters',
      SHARDLINE_HTTP_LINKS: links,
    },
  });

it('links have names and lead to servers', () => {
  const links = { Dashboards: 'https://grafana.internal/d/1?var=a#b', 'On call <3': 'http://127.0.0.1:9/' };
  const { config } = load(JSON.stringify(links));
  expect(config.http.links).toEqual(links);
  expect(showConfig(config)).toMatchObject({ http: { links } });
});

it.each([
  ['https://x.example'],
  ['["https://x.example"]'],
  ['{"":"https://x.example"}'],
  ['{"x":1}'],
  ['{"x":"javascript:alert(1)"}'],
  ['{"x":"/local"}'],
  ['{"x":"https://me:hunter2@x.example"}'],
  [JSON.stringify(Object.fromEntries(Array.from({ length: 21 }, (_, n) => [n, 'https://x.example'])))],
])('%s are no links', (text) => {
  expect(() => load(text)).toThrow(
    /http\.links.*expected a mapping of at most 20 names to http:\/\/ or https:\/\/ URLs without user and password/,
  );
  expect(() => load(text)).not.toThrow(/hunter2/);
});
