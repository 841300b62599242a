import { isIndexName } from '../core/index-name.ts';
import { choice, duration, integer, links, mapping, optional, parsed, size, text } from './field.ts';
import { isIndexPattern } from './index-pattern.ts';
import {
  parseFirehose,
  parseLetterTarget,
  parseS3Place,
  showLetterTarget,
  showS3Place,
  TARGETS,
} from './letter-target.ts';
import { OPENSEARCH_FIELDS } from './opensearch-fields.ts';
import { parseShare, showShare } from './share.ts';
import { parseStart, showStart } from './start.ts';

const parseOutside = (value: string): { readonly index: string | undefined } | undefined => {
  if (value === 'dead-letter') return { index: undefined };
  return isIndexName(value) ? { index: value } : undefined;
};

/** The whole configuration, every key once. What is not here does not exist. */
export const FIELDS = {
  application: text(
    'a name of 3 to 255 letters, digits, _ . -',
    { doc: 'Name of the lease table; all workers of one job share it', required: true },
    /^[a-zA-Z0-9_.-]{3,255}$/,
  ),
  stream: text(
    'the name or the ARN of a Kinesis data stream',
    { doc: 'The Kinesis data stream, by name or ARN', required: true },
    /^(?:arn:aws[a-z-]*:kinesis:[a-z0-9-]+:\d{12}:stream\/)?[a-zA-Z0-9_.-]{1,128}$/,
  ),
  start: parsed(
    'TRIM_HORIZON, LATEST, or an ISO-8601 time with its zone such as 2026-01-02T03:04:05Z',
    {
      doc: 'Where to begin when there is no checkpoint: `TRIM_HORIZON`, `LATEST` or an ISO-8601 time',
      fallback: 'TRIM_HORIZON',
    },
    parseStart,
    showStart,
  ),
  decode: choice(['json', 'ndjson', 'raw'], {
    doc: 'A record holds one JSON object, many (one a line), or bytes for the transform; gzip is seen by itself',
    fallback: 'json',
  }),
  decode_limit: size('1KiB', '1GiB', { doc: 'Largest record after decompression', fallback: '16MiB' }),
  documents_per_record: integer(1, 1_000_000, {
    doc: 'Most documents that one record may become',
    fallback: 10_000,
  }),
  transform: text(
    'the name of a built-in transform (music-events), or a path with a / or one of .ts .mts .js .mjs at its end',
    {
      doc: 'Built-in transform, or the path of a module that exports `defineTransform(...)`',
      fallback: 'music-events',
    },
    /^music-events$|\/|\.m?[jt]s$/,
  ),
  transform_options: mapping({
    doc: "Options of the transform, validated by the transform's own schema",
    fallback: {},
  }),
  index: parsed(
    'a lower-case index name with at most one date group of yyyy MM dd HH, such as music-events-{yyyy.MM.dd}',
    {
      doc: "Index of a document; the date group is filled in UTC from the document's timestamp",
      fallback: 'music-events-{yyyy.MM.dd}',
    },
    (value) => (isIndexPattern(value) ? value : undefined),
  ),
  index_window: {
    past: duration(
      '1m',
      '36500d',
      { doc: "How far before its record's arrival a document may be dated, or `unlimited`", fallback: '30d' },
      true,
    ),
    future: duration('0s', '365d', {
      doc: "How far after its record's arrival a document may be dated",
      fallback: '1h',
    }),
    outside: parsed(
      'dead-letter, or the lower-case name of an index, such as music-events-outside',
      {
        doc: 'Where documents outside this window go: `dead-letter`, or the name of one index that catches them all',
        fallback: 'dead-letter',
      },
      parseOutside,
      ({ index }) => index ?? 'dead-letter',
    ),
  },
  opensearch: OPENSEARCH_FIELDS,
  dead_letter: {
    to: parsed(
      TARGETS,
      {
        doc: 'Where dead letters go: `s3://BUCKET/PREFIX`, `firehose://STREAM`, the URL of an SQS queue, or `file:DIR`',
        required: true,
      },
      parseLetterTarget,
      showLetterTarget,
    ),
    hold_above: parsed(
      'a share from 1% to 99%, or off',
      {
        doc: 'When more than this share of the last minute (from 1,000 on) would be dead letters, they are held; or `off`',
        fallback: '50%',
      },
      parseShare,
      showShare,
    ),
    read_from: optional(
      parsed(
        's3://BUCKET or s3://BUCKET/PREFIX',
        { doc: 'Where the Firehose stream delivers the letters, their way back: `s3://BUCKET/PREFIX`' },
        parseS3Place,
        showS3Place,
      ),
    ),
    large_to: optional(
      parsed(
        's3://BUCKET or s3://BUCKET/PREFIX',
        {
          doc: 'Where letters go whole that are too large for SQS or Firehose, which get pointers to them: `s3://BUCKET/PREFIX`',
        },
        parseS3Place,
        showS3Place,
      ),
    ),
  },
  archive: {
    to: optional(
      parsed(
        'firehose://STREAM',
        {
          doc: 'A Firehose stream to S3 that every record also goes through as it was: `firehose://STREAM`; left out: none',
        },
        parseFirehose,
        (stream) => `firehose://${stream}`,
      ),
    ),
  },
  memory: {
    budget: size('16MiB', '64GiB', {
      doc: 'Most bytes of records and documents in hand, over all shards',
      fallback: '128MiB',
    }),
  },
  checkpoint: {
    interval: duration('100ms', '10m', { doc: 'How often progress is saved', fallback: '5s' }),
  },
  leases: {
    failover: duration('2s', '1h', { doc: 'A worker silent for this long loses its shards', fallback: '10s' }),
  },
  http: {
    host: text(
      'a host name or an IP address',
      { doc: 'Address to listen on', fallback: '0.0.0.0' },
      /^[a-zA-Z0-9.:-]+$/,
    ),
    port: integer(0, 65_535, { doc: 'Port to listen on; 0 takes any free one', fallback: 8080 }),
    links: links({
      doc: 'Addresses that the status page links to, by name: `{ Dashboards: "https://…" }`',
      fallback: {},
    }),
  },
  metrics: {
    emf: choice(['off', 'stdout'], {
      doc: 'Metrics for CloudWatch, in its embedded metric format, as lines beside the log',
      fallback: 'off',
    }),
    emf_interval: duration('1s', '1h', { doc: 'How often CloudWatch gets metrics', fallback: '60s' }),
  },
  shutdown_timeout: duration('1s', '1h', {
    doc: "How long a stop may take to finish what is in hand; keep it below the orchestrator's own",
    fallback: '25s',
  }),
  log_level: choice(['debug', 'info', 'warn', 'error'], { doc: 'Least level that is logged', fallback: 'info' }),
};
