import { type Html, html } from './html.ts';
import { livePage } from './layout.ts';
import type { ProbeAnswer, Readiness } from './readiness.ts';
import type { ScalingStatus, ShardStatus, SinkStatus, Status } from './status.ts';

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

/** Addresses by name, as the configuration has them: `http.links`. */
export type Links = Readonly<Record<string, string>>;

const linkList = (links: Links): Html => {
  const all = Object.entries(links).map(([name, url]) => html`<a href="${url}">${name}</a>`);
  return all.length === 0 ? html`` : html`<nav>${all}</nav>`;
};

/** The status page. */
export const statusPage = (status: Status, { ready, probes }: Readiness, links: Links): string => {
  const { application, stream, worker, version, state, startedAt } = status;
  const totals = Object.entries(status.totals).map(
    ([name, count]) => html`<div><dt>${name}</dt><dd>${count.toLocaleString('en-US')}</dd></div>`,
  );
  const main = html`<h1>${application}</h1>
<p class="about">stream ${stream} · worker ${worker}, ${state} since ${startedAt} · Shardline ${version}</p>
${linkList(links)}
<section class="${ready ? 'ready' : 'unready'}"><strong>${ready ? 'Ready' : 'Not ready'}</strong><ul>${probes.map(probeLine)}</ul></section>
<h2>Totals of this worker</h2><dl class="totals">${totals}</dl>
<h2>Bulk requests to OpenSearch</h2>${sinkPart(status.sink)}
${status.scaling ? html`<h2>Workers</h2>${scalingLine(status.scaling)}` : ''}
<h2>Shards</h2>${shardTable(status.shards)}`;
  return livePage({ title: `${application} – Shardline`, main, whoAnswers: 'The worker' });
};
