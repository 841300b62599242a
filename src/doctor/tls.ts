import { type Finding, fail, ok, warn } from './finding.ts';

const NAME = 'opensearch-tls';
const DAY_MS = 86_400_000;
/** Time to notice, and to get another. */
const SOON_MS = 21 * DAY_MS;

export interface TlsFacts {
  readonly distrust: string | undefined;
  readonly protocol: string;
  readonly validTo: Date;
  /** Of our own client certificate, where there is one. */
  readonly ownValidTo: Date | undefined;
}

const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** An http:// node: everything goes as it is. */
export const judgePlain = (host: string, auth: string): Finding => {
  if (LOOPBACK.test(host)) return ok(NAME, `no TLS, and none is needed to ${host}`);
  const what = auth === 'basic' ? 'the password and all documents go' : 'all documents go';
  return warn(NAME, `no TLS: ${what} over the network as they are`, 'use an https:// address in opensearch.node');
};

const until = (date: Date): string => date.toISOString().slice(0, 10);

export const judgeTls = ({ distrust, protocol, validTo, ownValidTo }: TlsFacts, nowMs: number): readonly Finding[] => {
  const left = (date: Date) => date.getTime() - nowMs;
  const renew = 'renew it; the files of opensearch.cert_file and key_file are read again when they change';
  const own = ownValidTo && left(ownValidTo) < SOON_MS ? ownValidTo : undefined;
  const ours = own
    ? [(left(own) <= 0 ? fail : warn)(NAME, `our client certificate is good until ${until(own)} only`, renew)]
    : [];
  if (distrust !== undefined) {
    const fix = 'name the authority that signed it in opensearch.ca_file, and the node as the certificate does';
    return [fail(NAME, `the node's certificate is not trusted: ${distrust}`, fix), ...ours];
  }
  if (left(validTo) < SOON_MS)
    return [warn(NAME, `the node's certificate is good until ${until(validTo)} only`, 'have it renewed'), ...ours];
  return [ok(NAME, `${protocol}; the node's certificate is trusted and good until ${until(validTo)}`), ...ours];
};
