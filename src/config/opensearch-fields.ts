import { choice, duration, integer, optional, parsed, size, text } from './field.ts';
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
  shards: integer(1, 1024, { doc: 'Primary shards of a new index (in the template)', fallback: 1 }),
  replicas: integer(0, 20, { doc: 'Replicas of a new index (in the template)', fallback: 1 }),
  compression: choice(['none', 'gzip'], { doc: 'Compression of bulk requests', fallback: 'none' }),
  bulk_bytes: size('64KiB', '100MiB', { doc: 'A bulk request is sent at this size', fallback: '5MiB' }),
  bulk_documents: integer(1, 100_000, { doc: 'A bulk request is sent at this many documents', fallback: 2000 }),
  bulk_age: duration('1ms', '1m', {
    doc: 'A bulk request is sent when its first document is this old',
    fallback: '200ms',
  }),
  bulk_in_flight: integer(1, 64, { doc: 'Most bulk requests under way at once', fallback: 4 }),
  retry_for: duration('1s', '30d', {
    doc: 'How long an index may take nothing while others do, before its documents become dead letters',
    fallback: '15m',
  }),
  request_timeout: duration('1s', '10m', { doc: 'How long to wait for an answer', fallback: '30s' }),
};
