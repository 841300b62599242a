import { type Html, html } from './html.ts';
import { livePage } from './layout.ts';

/** What is played most in one hour. */
export interface TrendingHour {
  readonly fromMs: number;
  readonly toMs: number;
  readonly tops: readonly { readonly dimension: string; readonly rows: readonly TrendingRow[] }[];
}

interface TrendingRow {
  readonly label: string;
  readonly plays: number;
  readonly listeners: number;
  readonly skip_rate?: number;
}

const row = ({ label, plays, listeners, skip_rate: skipRate }: TrendingRow): Html => html`<tr>
<td>${label}</td><td class="whole">${plays}</td><td class="whole">${listeners}</td>
<td class="whole">${skipRate === undefined ? '–' : `${Math.round(skipRate * 100)} %`}</td></tr>`;

const table = ({ dimension, rows }: TrendingHour['tops'][number]): Html => html`<h2>Top by ${dimension}</h2>
<div class="wide"><table class="ranks">
<thead><tr><th>${dimension}</th><th>plays</th><th>listeners</th><th>skips per play</th></tr></thead>
<tbody>${rows.map(row)}</tbody></table></div>`;

const minute = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');

const shown = (hour: TrendingHour): Html => html`
<p class="about">${minute(hour.fromMs)} to ${minute(hour.toMs)} UTC, counted by the Spark job trending</p>
${hour.tops.map(table)}`;

/** What is trending now, or why nothing can be shown. */
export const trendingPage = (hour: TrendingHour | { readonly trouble: string } | undefined): string => {
  const waiting = html`<p>Spark has counted nothing yet: it needs a while to start.</p>`;
  const rest =
    hour === undefined ? waiting : 'trouble' in hour ? html`<p class="bad">${hour.trouble}</p>` : shown(hour);
  return livePage({ title: 'Trending – Shardline', main: html`<h1>Trending now</h1>${rest}`, whoAnswers: 'The demo' });
};
