import { createHash } from 'node:crypto';
import { type Html, html } from './html.ts';

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --soft: #8882; --good: #2a7d4f; --bad: #b3382c; }
@media (prefers-color-scheme: dark) { :root { --good: #6cc294; --bad: #ef8a7d; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1.2rem; }
h1 { font-size: 1.3rem; font-weight: 600; margin: 0; }
h2 { font-size: 1rem; font-weight: 600; margin: 2rem 0 .5rem; }
.about { opacity: .7; margin: .2rem 0 1.4rem; }
.ready, .unready { border-left: 4px solid var(--good); background: var(--soft); padding: .6rem 1rem; border-radius: 0 6px 6px 0; }
.unready { border-color: var(--bad); }
.ready ul, .unready ul { margin: .3rem 0 0; padding: 0; list-style: none; }
.bad { color: var(--bad); }
.totals { display: flex; flex-wrap: wrap; gap: .8rem 2.2rem; margin: 0; }
.totals dt { opacity: .7; font-size: .85rem; }
.totals dd { margin: 0; font-size: 1.25rem; font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .4rem .9rem .4rem 0; border-bottom: 1px solid var(--line); }
th { font-size: .85rem; font-weight: 500; opacity: .7; white-space: nowrap; }
td { overflow-wrap: anywhere; }
td.whole { white-space: nowrap; }
.ranks th:first-child { width: 55%; }
small { opacity: .7; }
nav { display: flex; flex-wrap: wrap; gap: .2rem 1.4rem; margin: -.8rem 0 1.4rem; }
a { color: inherit; }
#stale { visibility: hidden; }
body.stale #stale { visibility: visible; }
`;

/** Takes the page's own next rendering, so that there is one renderer; what the server escaped stays escaped. */
const SCRIPT = `
const refresh = async () => {
  try {
    const answer = await fetch(location.pathname, { signal: AbortSignal.timeout(5000) });
    const next = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('main');
    if (!answer.ok || !next) throw new Error('no status');
    document.querySelector('main').replaceWith(next);
    document.body.classList.remove('stale');
  } catch {
    document.body.classList.add('stale');
  }
  setTimeout(refresh, 2000);
};
setTimeout(refresh, 2000);
`;

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Nothing may be loaded or run but what stands in the page itself. */
export const contentSecurityPolicy = (): string =>
  `default-src 'none'; script-src ${hashOf(SCRIPT)}; style-src ${hashOf(STYLE)}; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** A page that is complete without its script, which only keeps it fresh. */
export const livePage = (page: { readonly title: string; readonly main: Html; readonly whoAnswers: string }): string =>
  html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page.title}</title><style>${{ markup: STYLE }}</style></head>
<body><main>
${page.main}
</main><p id="stale" class="bad">${page.whoAnswers} does not answer; this is what it said last.</p>
<script>${{ markup: SCRIPT }}</script></body></html>
`.markup;
