import { choice, duration, integer, names, optional, parsed, size, text } from './field.ts';
import { parseNode } from './node-url.ts';

/** The keys below `opensearch`. */
export const OPENSEARCH_FIELDS = {
  node: parsed(
    'an http:// or https:// URL without user, password, query or fragment',
    { doc: 'URL of the OpenSearch domain', required: true },
    parseNode,
  ),
  auth: choice(['sigv4', 'basic', 'none'], { doc: 'How to sign in', fallback: 'sigv4' }),
  service: choice(['auto', 'es', 'aoss'], {
    doc: 'What `sigv4` signs for, a domain (es) or a serverless collection (aoss); `auto` reads it off the host name',
    fallback: 'auto',
  }),
  username: optional(text('text that is not empty', { doc: 'User for `basic`' })),
  password: optional(text('text that is not empty', { doc: 'Password for `basic`', secret: true })),
  password_file: optional(
    text('the path of a file', {
      doc: 'File that holds the password for `basic`, without its line end; read again when it changes',
    }),
  ),
  ca_file: optional(
    text('the path of a PEM file', { doc: 'PEM file of the authorities that sign its certificate; read again' }),
  ),
  cert_file: optional(
    text('the path of a PEM file', { doc: 'PEM file of our own client certificate, with its chain; read again' }),
  ),
  key_file: optional(
    text('the path of a PEM file', { doc: "PEM file of the client certificate's key, not encrypted; read again" }),
  ),
  template: choice(['create', 'off'], {
    doc: "Whether to install the transform's index template at start when it is absent or older",
    fallback: 'create',
  }),
  component_templates: names(
    'a list of names of component templates (in the environment with commas between them), none of them twice',
    {
      doc: 'Component templates of your own that the index template is composed of, in this order; what Shardline itself needs wins',
      fallback: [],
    },
    /^[^\s,*#\\/A-Z][^\s,*#\\/A-Z]*$/,
  ),
  retention: optional(
    duration('1d', '36500d', {
      doc: 'How old an index may become before ISM deletes it; the policy is installed by `shardline doctor --apply` only',
    }),
  ),
  warm_after: optional(
    duration('1h', '36500d', {
      doc: "How old an index may become before ISM moves it to Amazon's UltraWarm, where it takes no more documents (in the same policy)",
    }),
  ),
  shards: integer(1, 1024, { doc: 'Primary shards of a new index (in the template)', fallback: 1 }),
  replicas: integer(0, 20, { doc: 'Replicas of a new index (in the template)', fallback: 1 }),
  compression: choice(['none', 'gzip'], {
    doc: 'Compression of requests: about an eighth of the bytes, for 3 ms of processor time a megabyte',
    fallback: 'none',
  }),
  bulk_bytes: size('64KiB', '100MiB', {
    doc: 'Largest bulk request; smaller while OpenSearch takes less',
    fallback: '5MiB',
  }),
  bulk_documents: integer(1, 100_000, { doc: 'Most documents in a bulk request', fallback: 2000 }),
  bulk_age: duration('1ms', '1m', {
    doc: 'A bulk request is sent when its first document is this old',
    fallback: '200ms',
  }),
  bulk_in_flight: integer(1, 64, {
    doc: 'Most bulk requests under way at once; fewer where more are not faster',
    fallback: 8,
  }),
  retry_for: duration('1s', '30d', {
    doc: 'How long an index may take nothing while others do, before its documents become dead letters',
    fallback: '15m',
  }),
  request_timeout: duration('1s', '10m', { doc: 'How long to wait for an answer', fallback: '30s' }),
};
