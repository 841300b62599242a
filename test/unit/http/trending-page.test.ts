import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { servePage } from '../../../src/http/page-server.ts';
import { trendingPage } from '../../../src/http/trending-page.ts';

const HOUR = {
  fromMs: Date.parse('2026-01-02T03:15:00Z'),
  toMs: Date.parse('2026-01-02T04:15:00Z'),
  tops: [
    { dimension: 'artist', rows: [{ label: '<b>Loud</b>', plays: 12, listeners: 7, skip_rate: 0.254 }] },
    { dimension: 'country', rows: [{ label: 'SE', plays: 0, listeners: 1 }] },
  ],
};

it('a page of what is trending escapes everything, and may run nothing but what stands in it', async () => {
  const { url, close } = await servePage(async () => trendingPage(HOUR));
  const answer = await fetch(url);
  const page = await answer.text();
  expect(page).toContain('2026-01-02 03:15 to 2026-01-02 04:15 UTC');
  expect(page).toMatch(
    /<td>&lt;b&gt;Loud&lt;\/b&gt;<\/td><td class="whole">12<\/td><td class="whole">7<\/td>\n<td class="whole">25 %</,
  );
  expect(page).toMatch(/<td>SE<\/td>.*\n<td class="whole">–</);
  const script = /<script>([\s\S]*?)<\/script>/.exec(page)?.[1] ?? '';
  const hash = createHash('sha256').update(script).digest('base64');
  expect(answer.headers.get('content-security-policy')).toContain(`default-src 'none'; script-src 'sha256-${hash}'`);
  await close();
  await expect(fetch(url)).rejects.toThrow();
});

it('the page says that there is nothing yet, or what is wrong', () => {
  expect(trendingPage(undefined)).toContain('Spark has counted nothing yet');
  expect(trendingPage({ trouble: 'OpenSearch <x> is away' })).toContain('OpenSearch &lt;x&gt; is away');
});
