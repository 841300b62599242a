import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Verifies AWS Signature Version 4 the way the service does, from what came over the wire. Written from the
 * specification alone ("Create a signed AWS API request", IAM User Guide); it shares nothing with any signer.
 */
export interface WireRequest {
  readonly method: string;
  /** Path and query as they stand in the request line. */
  readonly target: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
}

export interface KnownKey {
  readonly secret: string;
  readonly token?: string;
  readonly expires?: Date;
}

export interface Expectation {
  readonly region: string;
  readonly service: string;
  /** A serverless collection: it demands the hash of the body, and refuses a signed length. */
  readonly collection?: boolean;
  readonly now: Date;
  readonly key: (accessKeyId: string) => KnownKey | undefined;
}

/** AWS takes a request for this long before and after its date. */
const SKEW_MS = 5 * 60_000;

const hex = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const hmac = (key: string | Uint8Array, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** Every byte but the unreserved characters of RFC 3986 becomes %XX, upper case. */
const uriEncode = (text: string): string =>
  [...Buffer.from(text)]
    .map((byte) => {
      const letter = String.fromCharCode(byte);
      return /[A-Za-z0-9\-._~]/.test(letter) ? letter : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');

/** Normalized, then each segment encoded once more: all services but S3 encode what is encoded already. */
const canonicalPath = (path: string): string => {
  const kept: string[] = [];
  const segments = path.split('/');
  for (const segment of segments) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') kept.pop();
    else kept.push(segment);
  }
  const slash = kept.length > 0 && path.endsWith('/') ? '/' : '';
  return `/${kept.map(uriEncode).join('/')}${slash}`;
};

/** Names and values decoded and encoded anew, sorted by name, then by value. */
const canonicalQuery = (query: string): string =>
  query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair): readonly [string, string] => {
      const [name = '', ...value] = pair.split('=');
      return [uriEncode(decodeURIComponent(name)), uriEncode(decodeURIComponent(value.join('=')))];
    })
    .sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');

const headerOf = (request: WireRequest, name: string): string | undefined => {
  const value = request.headers[name];
  const text = typeof value === 'string' ? value : value?.join(',');
  return text?.trim().replace(/ +/g, ' ');
};

const FORM =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/;

/** The signature that the request should carry. */
export const expectedSignature = (
  request: WireRequest,
  scope: { readonly secret: string; readonly date: string; readonly region: string; readonly service: string },
  signedHeaders: readonly string[],
): string => {
  const [path = '/', query = ''] = request.target.split(/\?(.*)/s);
  const canonical = [
    request.method,
    canonicalPath(path),
    canonicalQuery(query),
    ...signedHeaders.map((name) => `${name}:${headerOf(request, name)}`),
    '',
    signedHeaders.join(';'),
    hex(request.body),
  ].join('\n');
  const { secret, date, region, service } = scope;
  const credentialScope = `${date}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', headerOf(request, 'x-amz-date'), credentialScope, hex(canonical)].join('\n');
  const key = [region, service, 'aws4_request'].reduce<Buffer>(hmac, hmac(`AWS4${secret}`, date));
  return hmac(key, text).toString('hex');
};

/** Whether the right headers are signed: host and every x-amz-*, and what a collection has its own rules for. */
const headersFault = (request: WireRequest, signed: readonly string[], collection: boolean): string | undefined => {
  if (signed.join() !== [...signed].sort().join()) return 'the signed headers are not sorted';
  const must = ['host', ...Object.keys(request.headers).filter((name) => name.startsWith('x-amz-'))];
  const unsigned = must.filter((name) => !signed.includes(name));
  if (unsigned.length > 0) return `${unsigned.join(', ')} must be signed`;
  if (!collection) return undefined;
  if (headerOf(request, 'x-amz-content-sha256') === undefined) return 'x-amz-content-sha256 is missing';
  return signed.includes('content-length') ? 'content-length must not be signed' : undefined;
};

/** Undefined when the request is signed as it should be; else what AWS would say, in our words. */
export const signatureFault = (request: WireRequest, expected: Expectation): string | undefined => {
  const [, id = '', date = '', region = '', service = '', names = '', signature = ''] =
    FORM.exec(headerOf(request, 'authorization') ?? '') ?? [];
  if (signature === '') return 'no signature';
  if (region !== expected.region || service !== expected.service) return `signed for ${service} in ${region}`;
  const at = headerOf(request, 'x-amz-date') ?? '';
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(at) ?? [];
  const atMs = Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s));
  if (!at.startsWith(date) || !(Math.abs(atMs - expected.now.getTime()) <= SKEW_MS)) return `signature expired: ${at}`;
  const key = expected.key(id);
  if (!key) return `no such access key: ${id}`;
  if (headerOf(request, 'x-amz-security-token') !== key.token) return 'another security token belongs to the key';
  if (key.expires && key.expires <= expected.now) return 'the security token included in the request is expired';
  const signed = names.split(';');
  const fault = headersFault(request, signed, expected.collection === true);
  if (fault) return fault;
  const hash = headerOf(request, 'x-amz-content-sha256');
  if (hash !== undefined && hash !== hex(request.body)) return 'x-amz-content-sha256 is not the hash of the body';
  const right = expectedSignature(request, { secret: key.secret, date, region, service }, signed);
  return timingSafeEqual(Buffer.from(right), Buffer.from(signature)) ? undefined : 'the signature does not match';
};
