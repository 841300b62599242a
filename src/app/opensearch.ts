import type { Config } from '../config/tree.ts';
import { type AwsService, awsEndpoint } from '../core/aws-endpoint.ts';
import type { Clock } from '../core/clock.ts';
import { describe, ShardlineError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { askSdk, keepFresh, sdkRegion } from '../sink/opensearch/aws-credentials.ts';
import type { OpenSearchOptions } from '../sink/opensearch/client.ts';
import { checkedTls, type Tls } from '../sink/opensearch/connection.ts';
import { fixed, type Replaceable, rereadFiles } from '../sink/opensearch/reread.ts';
import { anonymous, basicSignIn, type SignIn } from '../sink/opensearch/sign-in.ts';
import { sigV4SignIn } from '../sink/opensearch/sigv4-sign-in.ts';

export interface OpenSearchParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
}

/** The first reading: what is wrong with a file then is wrong with the configuration. */
const readNow = <T>(
  parts: OpenSearchParts,
  files: Readonly<Record<string, string>>,
  parse: (texts: readonly string[]) => T,
): Replaceable<T> => {
  const paths = Object.values(files);
  try {
    return rereadFiles({ paths, parse, clock: parts.clock, log: parts.log });
  } catch (cause) {
    const keys = Object.keys(files).map((key) => `opensearch.${key}`);
    const message = `${keys.join(', ')}: ${paths.join(', ')} cannot be used: ${describe(cause)}`;
    throw new ShardlineError('SHARDLINE_CONFIG_INVALID', message, { cause });
  }
};

/** The file's text without the line end that editors put there; throws when nothing else is in it. */
const passwordOf = ([text = '']: readonly string[]): string => {
  const password = text.replace(/\r?\n$/, '');
  if (password === '') throw new Error('there is no password in it');
  return password;
};

const certificates = (parts: OpenSearchParts): Replaceable<Tls> | undefined => {
  const { caFile, certFile, keyFile } = parts.config.opensearch;
  const files = Object.entries({ ca_file: caFile, cert_file: certFile, key_file: keyFile }).flatMap(([key, path]) =>
    path === undefined ? [] : [[key, path] as const],
  );
  if (files.length === 0) return undefined;
  return readNow(parts, Object.fromEntries(files), (texts) => {
    const text = (name: string) => texts[files.findIndex(([key]) => key === name)];
    return checkedTls({ ca: text('ca_file'), cert: text('cert_file'), key: text('key_file') });
  });
};

/** Which service signatures are for. The configuration is refused where neither the key nor the host name tells it. */
const serviceOf = ({ opensearch: { node, service } }: Config): AwsService =>
  service === 'auto' ? (awsEndpoint(new URL(node).hostname)?.service ?? 'es') : service;

/** Whether this is a collection of OpenSearch Serverless, which lacks parts of OpenSearch's API. */
export const isServerless = (config: Config): boolean =>
  config.opensearch.auth === 'sigv4' && serviceOf(config) === 'aoss';

/** Signs with the credentials and, unless the host name tells it, the region that the AWS SDK finds. */
const sigV4 = ({ config, clock, log }: OpenSearchParts): SignIn => {
  const endpoint = awsEndpoint(new URL(config.opensearch.node).hostname);
  const region = endpoint ? async () => endpoint.region : sdkRegion();
  return sigV4SignIn({ service: serviceOf(config), region, credentials: keepFresh(askSdk(), clock, log), clock });
};

const signIn = (parts: OpenSearchParts): SignIn => {
  const { auth, username, password, passwordFile, certFile } = parts.config.opensearch;
  if (auth === 'sigv4') return sigV4(parts);
  if (auth === 'none' || username === undefined) return anonymous(certFile !== undefined);
  if (passwordFile !== undefined)
    return basicSignIn(username, readNow(parts, { password_file: passwordFile }, passwordOf), passwordFile);
  return basicSignIn(username, fixed(password ?? ''), 'opensearch.password');
};

/**
 * The connection's part of the configuration. Secrets and certificates are read from their files now, and again when
 * they change. Throws SHARDLINE_CONFIG_INVALID for a file that is not there or not what it should be.
 */
export const openSearchOptions = (parts: OpenSearchParts): OpenSearchOptions => {
  const { node, compression, requestTimeoutMs } = parts.config.opensearch;
  return { node, signIn: signIn(parts), tls: certificates(parts), gzip: compression === 'gzip', requestTimeoutMs };
};
