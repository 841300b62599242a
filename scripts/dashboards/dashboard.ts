/** A query and what its series are called: `{{label}}` stands for a label's value. */
export type Query = readonly [expr: string, legend: string];

/** A graph over time, or the newest values: as a large figure, or as a table with a row a series, the largest of the first query on top. */
export interface Panel {
  readonly title: string;
  /** What to read from it, and when it is bad. */
  readonly description: string;
  /** Grafana's name of the unit. */
  readonly unit: string;
  readonly queries: readonly Query[];
  readonly kind?: 'timeseries' | 'stat' | 'table';
  /** From this value on it is red. */
  readonly redFrom?: number;
  /** Below this value it is red. */
  readonly redBelow?: number;
  readonly stacked?: boolean;
}

/** Its name is that of its file and, after `shardline-`, its uid: links to it stay good. */
export interface Dashboard {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly panels: readonly Panel[];
}

/** What every query of ours is narrowed to: the choice at the head of the dashboard. */
export const OURS = 'namespace=~"$namespace",job=~"$job"';

const SOURCE = { type: 'prometheus', uid: '$' + '{datasource}' };
/** Grafana 11's; later ones bring it up to their own when they load it. */
const SCHEMA_VERSION = 39;
const SIZES = { stat: { w: 6, h: 4 }, timeseries: { w: 12, h: 8 }, table: { w: 24, h: 9 } } as const;
const COLUMNS = 24;

/** Places panels from left to right; one that does not fit begins a line. */
const placed = (panels: readonly Panel[]) => {
  let [x, y, lineHeight] = [0, 0, 0];
  return panels.map((panel) => {
    const { w, h } = SIZES[panel.kind ?? 'timeseries'];
    if (x + w > COLUMNS) [x, y, lineHeight] = [0, y + lineHeight, 0];
    const gridPos = { x, y, w, h };
    x += w;
    lineHeight = Math.max(lineHeight, h);
    return gridPos;
  });
};

const steps = ({ redFrom, redBelow }: Panel) => {
  if (redFrom !== undefined)
    return [
      { color: 'green', value: null },
      { color: 'red', value: redFrom },
    ];
  if (redBelow !== undefined)
    return [
      { color: 'red', value: null },
      { color: 'green', value: redBelow },
    ];
  return [{ color: 'green', value: null }];
};

const looks = (panel: Panel) => {
  const { kind = 'timeseries', stacked = false, redFrom, redBelow } = panel;
  if (kind !== 'timeseries') return {};
  const line = redFrom !== undefined || redBelow !== undefined ? 'dashed' : 'off';
  return {
    custom: {
      fillOpacity: stacked ? 30 : 0,
      stacking: { mode: stacked ? 'normal' : 'none' },
      showPoints: 'never',
      thresholdsStyle: { mode: line },
    },
  };
};

const optionsOf = ({ queries }: Panel) => ({
  timeseries: {
    legend: { displayMode: 'table', placement: 'right', calcs: ['lastNotNull', 'max'] },
    tooltip: { mode: 'multi', sort: 'desc' },
  },
  stat: { colorMode: 'background', graphMode: 'area', reduceOptions: { calcs: ['lastNotNull'] } },
  table: { showHeader: true, sortBy: queries.slice(0, 1).map(([, displayName]) => ({ displayName, desc: true })) },
});

const panelJson = (panel: Panel, gridPos: ReturnType<typeof placed>[number] | undefined, id: number) => {
  const { title, description, unit, queries, kind = 'timeseries' } = panel;
  const table = kind === 'table';
  return {
    id,
    type: kind,
    title,
    description,
    datasource: SOURCE,
    gridPos,
    targets: queries.map(([expr, legendFormat], i) => ({
      refId: String.fromCharCode(65 + i),
      datasource: SOURCE,
      expr,
      legendFormat,
      ...(table ? { format: 'table', instant: true, range: false } : {}),
    })),
    fieldConfig: {
      defaults: { unit, ...looks(panel), thresholds: { mode: 'absolute', steps: steps(panel) } },
      overrides: [],
    },
    options: optionsOf(panel)[kind],
    ...(table ? { transformations: tableOf(queries) } : {}),
  };
};

/** One row a set of labels, a column a query, named by its legend. */
const tableOf = (queries: readonly Query[]) => [
  { id: 'merge', options: {} },
  {
    id: 'organize',
    options: {
      excludeByName: { Time: true },
      renameByName: Object.fromEntries(
        queries.map(([, name], i) => [queries.length === 1 ? 'Value' : `Value #${String.fromCharCode(65 + i)}`, name]),
      ),
    },
  },
];

const choice = (name: string, label: string, of: string) => ({
  name,
  label,
  type: 'query',
  datasource: SOURCE,
  query: { query: of, refId: name },
  refresh: 2,
  multi: true,
  includeAll: true,
  allValue: '.*',
  current: { text: 'All', value: '$__all' },
});

/** Grafana's JSON of a dashboard, as it is imported or provisioned. */
export const dashboardJson = ({ name, title, description, panels }: Dashboard) => {
  const places = placed(panels);
  return {
    uid: `shardline-${name}`,
    title,
    description,
    tags: ['shardline'],
    schemaVersion: SCHEMA_VERSION,
    editable: true,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    links: [{ type: 'dashboards', title: 'Shardline', tags: ['shardline'], includeVars: true, keepTime: true }],
    templating: {
      list: [
        { name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' },
        choice('namespace', 'Namespace', 'label_values(shardline_build_info, namespace)'),
        choice('job', 'Job', 'label_values(shardline_build_info{namespace=~"$namespace"}, job)'),
      ],
    },
    panels: panels.map((panel, i) => panelJson(panel, places[i], i + 1)),
  };
};
