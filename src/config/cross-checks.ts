import { awsEndpoint } from '../core/aws-endpoint.ts';
import type { Config } from './tree.ts';

/** What is wrong with a key beside others: its path and the sentence for people. */
export type Crossed = readonly [path: string, expected: string];

interface Check {
  /** Judged only when these are right in themselves. */
  readonly needs: readonly string[];
  readonly judge: (config: Config) => readonly Crossed[];
}

const signIn: Check = {
  needs: ['opensearch.auth', 'opensearch.username', 'opensearch.password', 'opensearch.password_file'],
  judge: ({ opensearch: { auth, username, password, passwordFile } }) => {
    const given: readonly Crossed[] = Object.entries({ username, password, password_file: passwordFile })
      .filter(([, value]) => value !== undefined)
      .map(([name]) => [
        `opensearch.${name}`,
        `not used with opensearch.auth: ${auth}; leave it out, or set opensearch.auth to basic`,
      ]);
    if (auth !== 'basic') return given;
    const user: readonly Crossed[] =
      username === undefined ? [['opensearch.username', 'missing; opensearch.auth: basic needs it']] : [];
    if (password === undefined && passwordFile === undefined)
      return [
        ...user,
        ['opensearch.password', 'missing; opensearch.auth: basic needs it, or opensearch.password_file instead'],
      ];
    return password !== undefined && passwordFile !== undefined
      ? [...user, ['opensearch.password_file', 'given as well as opensearch.password; keep one of them']]
      : user;
  },
};

const signedService: Check = {
  needs: ['opensearch.node', 'opensearch.auth', 'opensearch.service'],
  judge: ({ opensearch: { node, auth, service } }) => {
    if (auth !== 'sigv4' && service !== 'auto')
      return [['opensearch.service', `only used with opensearch.auth: sigv4, not with ${auth}; leave it out`]];
    if (auth !== 'sigv4') return [];
    const { hostname } = new URL(node);
    const endpoint = awsEndpoint(hostname);
    if (service === 'auto' && !endpoint)
      return [
        [
          'opensearch.service',
          "es or aoss is needed, for the node's host name is none of AWS's own; or set opensearch.auth to basic or none",
        ],
      ];
    return endpoint?.service === 'aoss' && /^\d{12}\./.test(hostname)
      ? [['opensearch.node', "an account's endpoint names no collection; give the collection's own"]]
      : [];
  },
};

const certificates: Check = {
  needs: ['opensearch.node', 'opensearch.ca_file', 'opensearch.cert_file', 'opensearch.key_file'],
  judge: ({ opensearch: { node, caFile, certFile, keyFile } }) => {
    const given = Object.entries({ ca_file: caFile, cert_file: certFile, key_file: keyFile })
      .filter(([, value]) => value !== undefined)
      .map(([name]) => `opensearch.${name}`);
    if (node.startsWith('http:'))
      return given.map((path) => [path, 'given for an http:// node, which has no TLS; use https:// or leave it out']);
    if ((certFile === undefined) === (keyFile === undefined)) return [];
    return certFile === undefined
      ? [['opensearch.cert_file', 'missing; opensearch.key_file is of no use without it']]
      : [['opensearch.key_file', 'missing; opensearch.cert_file is of no use without it']];
  },
};

const lifetime: Check = {
  needs: ['index', ...['auth', 'node', 'service', 'retention', 'warm_after'].map((name) => `opensearch.${name}`)],
  judge: ({ index, opensearch: { node, auth, service, retentionMs, warmAfterMs } }) => {
    const given = Object.entries({ retention: retentionMs, warm_after: warmAfterMs }).filter(
      ([, ms]) => ms !== undefined,
    );
    const signsFor = service === 'auto' ? awsEndpoint(new URL(node).hostname)?.service : service;
    if (auth === 'sigv4' && signsFor === 'aoss')
      return given.map(([name]) => [
        `opensearch.${name}`,
        'a serverless collection has no Index State Management; leave it out, and delete old indices yourself',
      ]);
    if (!index.includes('{'))
      return given.map(([name]) => [
        `opensearch.${name}`,
        'index has no date: all documents are in one index, which would go with the newest of them; leave it out',
      ]);
    return retentionMs !== undefined && warmAfterMs !== undefined && warmAfterMs >= retentionMs
      ? [['opensearch.warm_after', 'not before opensearch.retention, by which the index is deleted']]
      : [];
  },
};

const bulkSize: Check = {
  needs: ['opensearch.bulk_bytes', 'memory.budget'],
  judge: ({ opensearch, memory }) =>
    opensearch.bulkBytes > memory.budgetBytes
      ? [['opensearch.bulk_bytes', 'larger than memory.budget: a bulk of this size could never fill']]
      : [],
};

const recordSize: Check = {
  needs: ['decode_limit', 'memory.budget'],
  judge: ({ decodeLimitBytes, memory }) =>
    decodeLimitBytes > memory.budgetBytes
      ? [['decode_limit', 'larger than memory.budget: one record could break the bound']]
      : [],
};

type DeadLetterConfig = Config['deadLetter'];

/** SQS and Firehose take no letter above a limit, and none may be lost: so there is always a place for such letters. */
const largeLetters = ({ to, largeTo }: DeadLetterConfig): readonly Crossed[] => {
  const isLimited = to.kind === 'sqs' || to.kind === 'firehose';
  if (isLimited === (largeTo !== undefined)) return [];
  const expected = isLimited
    ? 'missing; SQS and Firehose take letters of at most 1 MB, so name a place for larger ones such as s3://bucket/prefix'
    : 'not used with this dead_letter.to, which takes letters of any size; leave it out';
  return [['dead_letter.large_to', expected]];
};

/** Firehose itself cannot be read: what it delivers can. */
const wayBack = ({ to, readFrom }: DeadLetterConfig): readonly Crossed[] => {
  const isOneWay = to.kind === 'firehose';
  if (isOneWay === (readFrom !== undefined)) return [];
  const expected = isOneWay
    ? 'missing; say where the stream delivers to, such as s3://bucket/prefix: the way by which letters come back'
    : 'not used with this dead_letter.to, which can be read itself; leave it out';
  return [['dead_letter.read_from', expected]];
};

const letterPlaces: Check = {
  needs: ['dead_letter.to', 'dead_letter.large_to', 'dead_letter.read_from'],
  judge: ({ deadLetter }) => [...largeLetters(deadLetter), ...wayBack(deadLetter)],
};

/** Whoever reads letters back would meet lines of the archive. */
const archiveStream: Check = {
  needs: ['archive.to', 'dead_letter.to'],
  judge: ({ archive, deadLetter: { to } }) =>
    to.kind === 'firehose' && to.stream === archive.to
      ? [['archive.to', 'the stream of dead_letter.to as well; give the archive a stream of its own']]
      : [],
};

/** What no single key can tell: keys that need, exclude or bound each other. `wrong` holds the paths already refused. */
export const crossChecks = (config: Config, wrong: ReadonlySet<string>): readonly Crossed[] =>
  [signIn, signedService, certificates, lifetime, bulkSize, recordSize, letterPlaces, archiveStream]
    .filter((check) => !check.needs.some((path) => wrong.has(path)))
    .flatMap((check) => check.judge(config));
