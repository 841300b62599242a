import { createHash } from 'node:crypto';
import { type Html, html } from './html.ts';
import type { ProbeAnswer, Readiness } from './readiness.ts';
import type { ScalingStatus, ShardStatus, SinkStatus, Status } from './status.ts';

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
small { opacity: .7; }
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

/** Seconds for the eye: `0.4 s`, `12 s`, `3 min`, `5 h`, `2 d`. */
export const duration = (seconds: number | undefined): string => {
  if (seconds === undefined) return '';
  if (seconds < 10) return `${Math.max(0, seconds).toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
};

const probeLine = ({ name, ok, reason }: ProbeAnswer): Html =>
  html`<li${ok ? html`` : html` class="bad"`}>${ok ? '✓' : '✗'} ${name}${reason === undefined ? '' : `: ${reason}`}</li>`;

/** A checkpoint lags only while there is something to save. */
const checkpointCell = ({ checkpoint, checkpointAgeSeconds: age }: ShardStatus): Html =>
  html`${checkpoint ?? '–'}${age ? html` <small>unsaved for ${duration(age)}</small>` : ''}`;

const shardRow = (shard: ShardStatus): Html => html`<tr>
<td class="whole">${shard.shard}</td><td>${shard.owner ?? '–'}</td><td class="whole">${shard.state}</td>
<td class="whole">${duration(shard.lagSeconds) || '–'}</td><td>${checkpointCell(shard)}</td>
<td class="whole">${duration(shard.oldestOwedAgeSeconds) || '–'}</td><td>${shard.waitsFor ?? '–'}</td>
<td class="bad">${shard.lastError ?? ''}</td></tr>`;

const shardTable = (shards: readonly ShardStatus[]): Html =>
  shards.length === 0
    ? html`<p>No shard is known yet.</p>`
    : html`<div class="wide"><table>
<thead><tr><th>shard</th><th>owner</th><th>state</th><th>lag</th><th>checkpoint</th><th>oldest owed</th><th>waits for</th><th>last error</th></tr></thead>
<tbody>${shards.map(shardRow)}</tbody></table></div>`;

const mebibytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(bytes < 104_858 ? 3 : 1)} MiB`;

/** How the bulk writer sends now, and why so. */
const sinkPart = (sink: SinkStatus): Html => {
  const { requestsInFlight, slots, mostSlots, requestBytes, requestDocuments } = sink;
  const { learntLimitBytes: learnt, lastChange, sickIndices } = sink;
  return html`<p>${requestsInFlight} requests under way; ${slots} may be (of ${mostSlots}), each up to ${mebibytes(requestBytes)}
and ${requestDocuments.toLocaleString('en-US')} documents${learnt === undefined ? '' : `; larger ones than ${mebibytes(learnt)} were refused (413)`}.
${lastChange === undefined ? '' : html`<small>Last change: ${lastChange}</small>`}</p>
${sickIndices.map(({ why, since }) => html`<p class="bad">since ${since}: ${why}</p>`)}`;
};

const scalingLine = ({ desiredWorkers, workers, why, decidedBy }: ScalingStatus): Html =>
  html`<p>The fleet should have <strong>${desiredWorkers}</strong> (there ${workers === 1 ? 'is' : 'are'} ${workers}): ${why}. <small>Decided by ${decidedBy}</small></p>`;

/** The status page: complete without its script, which only keeps it fresh. */
export const statusPage = (status: Status, { ready, probes }: Readiness): string => {
  const { application, stream, worker, version, state, startedAt } = status;
  const totals = Object.entries(status.totals).map(
    ([name, count]) => html`<div><dt>${name}</dt><dd>${count.toLocaleString('en-US')}</dd></div>`,
  );
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${application} – Shardline</title><style>${{ markup: STYLE }}</style></head>
<body><main>
<h1>${application}</h1>
<p class="about">stream ${stream} · worker ${worker}, ${state} since ${startedAt} · Shardline ${version}</p>
<section class="${ready ? 'ready' : 'unready'}"><strong>${ready ? 'Ready' : 'Not ready'}</strong><ul>${probes.map(probeLine)}</ul></section>
<h2>Totals of this worker</h2><dl class="totals">${totals}</dl>
<h2>Bulk requests to OpenSearch</h2>${sinkPart(status.sink)}
${status.scaling ? html`<h2>Workers</h2>${scalingLine(status.scaling)}` : ''}
<h2>Shards</h2>${shardTable(status.shards)}
</main><p id="stale" class="bad">The worker does not answer; this is what it said last.</p>
<script>${{ markup: SCRIPT }}</script></body></html>
`.markup;
};
