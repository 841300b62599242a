import { describe, expect, it } from 'vitest';
import {
  judgeBlocks,
  judgeDisks,
  judgeRequestSize,
  judgeShards,
  judgeVersion,
  judgeWrites,
} from '../../../src/doctor/cluster.ts';
import { type Finding, worst } from '../../../src/doctor/finding.ts';
import { judgeClock, judgeMemory } from '../../../src/doctor/host.ts';
import { judgeLeases, judgeTable } from '../../../src/doctor/leases.ts';
import { judgeFolder, judgeQueue } from '../../../src/doctor/letters.ts';
import { adviceFor } from '../../../src/doctor/refusal.ts';
import { judgeRights } from '../../../src/doctor/rights.ts';
import { judgeRetention, judgeStream } from '../../../src/doctor/stream.ts';
import { judgePlain, judgeTls, type TlsFacts } from '../../../src/doctor/tls.ts';

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;
const HOUR = 3_600_000;

const OPENSEARCH = { distribution: 'opensearch', tagline: 'The OpenSearch Project: https://opensearch.org/' };
const disk = (node: string, used: number) => ({ node, totalBytes: 100 * GIB, availableBytes: (100 - used) * GIB });
const PERCENT = { enabled: true, low: '85%', high: '90%', flood: '95%' };
const FREE = { enabled: true, low: '20gb', high: '10gb', flood: '5gb' };
const SHARDS = { open: 900, dataNodes: 1, perNode: 1_000, perIndex: 2, indices: 30, windowIndices: 32 };
const STREAM = {
  name: 's',
  status: 'ACTIVE',
  openShards: 2,
  retentionMs: 168 * HOUR,
  mode: 'ON_DEMAND',
  encryptedWith: 'alias/aws/kinesis',
};
const FOLDER = {
  directory: './letters',
  exists: true,
  trouble: undefined,
  fileSystem: 0xef53,
  availableBytes: 9 * GIB,
};
const QUEUE = { url: 'https://sqs/1/q', retentionS: 1_209_600, maxBytes: 1_048_576, fifo: false, leastBytes: 32_768 };

const NOW = Date.UTC(2026, 0, 1);
const TLS = {
  distrust: undefined,
  protocol: 'TLSv1.3',
  validTo: new Date(NOW + 90 * 24 * HOUR),
  ownValidTo: undefined,
};
const tls = (more: Partial<TlsFacts>): Finding => judgeTls({ ...TLS, ...more }, NOW).at(-1) ?? judgePlain('x', 'none');

/** What is judged, how, and words that must stand in it: the message's and, where there is one, the fix's. */
const ROWS: readonly (readonly [Finding, Finding['state'], RegExp, RegExp?])[] = [
  [judgeVersion({ number: '3.8.0', ...OPENSEARCH }), 'ok', /OpenSearch 3\.8\.0/],
  [judgeVersion({ number: '1.3.2', ...OPENSEARCH }), 'warn', /older/, /upgrade/],
  [judgeVersion({ number: '7.10.2', ...OPENSEARCH, distribution: undefined }), 'ok', /7\.10\.2/],
  [
    judgeVersion({ number: '8.1.0', distribution: undefined, tagline: 'You Know, for Search' }),
    'fail',
    /no OpenSearch/,
  ],

  [judgePlain('127.0.0.1', 'basic'), 'ok', /none is needed/],
  [judgePlain('search.example.com', 'basic'), 'warn', /the password/, /https/],
  [judgePlain('10.0.0.1', 'none'), 'warn', /all documents/],
  [tls({}), 'ok', /TLSv1\.3.*2026-04-01/],
  [tls({ distrust: 'self-signed certificate' }), 'fail', /self-signed/, /ca_file/],
  [tls({ validTo: new Date(NOW + 20 * 24 * HOUR) }), 'warn', /2026-01-21/, /renewed/],
  [tls({ ownValidTo: new Date(NOW + 20 * 24 * HOUR) }), 'warn', /our client certificate/, /renew/],
  [tls({ ownValidTo: new Date(NOW - HOUR) }), 'fail', /2025-12-31/],
  [tls({ ownValidTo: new Date(NOW + 50 * 24 * HOUR) }), 'ok', /trusted/],

  [judgeRequestSize([100 * MIB, 10 * MIB], 10 * MIB), 'ok', /10485760/],
  [judgeRequestSize([100 * MIB, 10 * MIB], 11 * MIB), 'fail', /11534336/, /bulk_bytes/],
  [judgeRequestSize([], 5 * MIB), 'warn', /not known/],

  [judgeShards(SHARDS), 'ok', /900 of 1000.*32 indices at once, 4 shards more/],
  [judgeShards({ ...SHARDS, open: 998 }), 'warn', /more than there is room for/, /index_window\.past/],
  [judgeShards({ ...SHARDS, open: 999 }), 'fail', /next index cannot be made/, /max_shards_per_node/],
  [judgeShards({ ...SHARDS, open: 999, dataNodes: 3 }), 'ok', /999 of 3000/],
  [judgeShards({ ...SHARDS, windowIndices: Number.POSITIVE_INFINITY }), 'ok', /unlimited/],

  [judgeDisks([disk('a', 80), disk('b', 10)], PERCENT), 'ok', /a 80 %, b 10 %/],
  [judgeDisks([disk('a', 86)], PERCENT), 'warn', /low watermark \(85%\): a 86 %/, /room/],
  [judgeDisks([disk('a', 91)], PERCENT), 'warn', /high watermark/],
  [judgeDisks([disk('b', 10), disk('a', 96)], PERCENT), 'fail', /flood-stage watermark \(95%\): a 96 %/, /room/],
  [judgeDisks([disk('a', 96)], { ...PERCENT, low: '0.97', high: '0.98', flood: '0.99' }), 'ok', /below/],
  [judgeDisks([disk('a', 75)], FREE), 'ok', /below the low watermark \(20gb\)/],
  [judgeDisks([disk('a', 91)], FREE), 'warn', /high/],
  [judgeDisks([disk('a', 96)], FREE), 'fail', /flood/],
  [judgeDisks([disk('a', 99)], { ...PERCENT, enabled: false }), 'ok', /does not watch/],
  [judgeDisks([], PERCENT), 'warn', /not known/],
  [judgeDisks([disk('a', 86)], { ...PERCENT, low: 'nonsense' }), 'ok', /a 86 %/],

  [judgeBlocks({ cluster: [], indices: [], today: 'i-2' }), 'ok', /no index/],
  [judgeBlocks({ cluster: ['cluster.blocks.create_index'], indices: [], today: 'i-2' }), 'fail', /create_index/],
  [judgeBlocks({ cluster: [], indices: [{ index: 'i-1', blocks: ['write'] }], today: 'i-2' }), 'warn', /i-1 \(write\)/],
  [
    judgeBlocks({ cluster: [], indices: [{ index: 'i-2', blocks: ['read_only_allow_delete'] }], today: 'i-2' }),
    'fail',
    /i-2 \(read_only_allow_delete\)/,
    /_settings/,
  ],

  [judgeWrites([{ node: 'a', queue: 3, rejected: 0 }]), 'ok', /3 writes wait/],
  [
    judgeWrites([
      { node: 'a', queue: 0, rejected: 2 },
      { node: 'b', queue: 0, rejected: 5 },
    ]),
    'warn',
    /7 were.*by b/,
  ],
  [judgeWrites([]), 'warn', /not known/],

  [judgeMemory(128 * MIB, 512 * MIB), 'ok', /128 MiB.*512 MiB/],
  [judgeMemory(128 * MIB, 256 * MIB), 'warn', /256 MiB/, /at least 288 MiB/],
  [judgeMemory(512 * MIB, 512 * MIB), 'fail', /512 MiB/, /memory\.budget/],

  [judgeClock(900, 1_100, 'Kinesis'), 'ok', /less than 1\.1 s apart/],
  [judgeClock(-45_000, 1_000, 'Kinesis'), 'warn', /44 s behind that of Kinesis/],
  [judgeClock(301_500, 1_000, 'Kinesis'), 'fail', /301 s ahead/, /chrony/],

  [judgeStream(STREAM), 'ok', /ACTIVE.*open shards: 2.*on demand.*alias\/aws\/kinesis/],
  [judgeStream({ ...STREAM, status: 'UPDATING', mode: undefined, encryptedWith: undefined }), 'ok', /not encrypted/],
  [judgeStream({ ...STREAM, status: 'CREATING' }), 'fail', /CREATING/, /wait/],
  [judgeStream({ ...STREAM, status: 'DELETING' }), 'fail', /DELETING/],
  [judgeRetention(STREAM, 900_000), 'ok', /168 h/],
  [judgeRetention({ ...STREAM, retentionMs: 24 * HOUR }, 900_000), 'warn', /24 h/, /increase-stream-retention-period/],
  [judgeRetention({ ...STREAM, retentionMs: 24 * HOUR }, 24 * HOUR), 'fail', /retry_for/],

  [judgeTable({ table: 't', status: undefined, trouble: undefined }), 'ok', /CreateTable/],
  [judgeTable({ table: 't', status: 'ACTIVE', trouble: undefined }), 'ok', /ACTIVE/],
  [judgeTable({ table: 't', status: 'DELETING', trouble: undefined }), 'fail', /DELETING/],
  [judgeTable({ table: 't', status: 'ACTIVE', trouble: 'its key is id' }), 'fail', /its key is id/, /application/],

  [judgeFolder(FOLDER), 'ok', /can be written/],
  [judgeFolder({ ...FOLDER, exists: false }), 'ok', /can be made/],
  [judgeFolder({ ...FOLDER, trouble: 'EACCES' }), 'fail', /EACCES/],
  [judgeFolder({ ...FOLDER, fileSystem: 0x794c7630 }), 'warn', /container's own disk/, /volume/],
  [judgeFolder({ ...FOLDER, fileSystem: 0x01021994 }), 'warn', /memory/],
  [judgeFolder({ ...FOLDER, availableBytes: 10 * MIB }), 'warn', /10 MiB left/],

  [judgeQueue(QUEUE), 'ok', /14 days/],
  [judgeQueue({ ...QUEUE, retentionS: 345_600 }), 'warn', /after 4 days/, /MessageRetentionPeriod=1209600/],
  [judgeQueue({ ...QUEUE, maxBytes: 1_024 }), 'fail', /up to 1024 bytes/, /MaximumMessageSize/],
  [judgeQueue({ ...QUEUE, fifo: true }), 'fail', /FIFO/],
];

describe('the judges of the doctor', () => {
  it.each(ROWS.map((row) => [`${row[0].check}: ${row[1]}, ${row[2].source}`, ...row] as const))(
    '%s',
    (_, finding, state, message, fix) => {
      expect(finding.state).toBe(state);
      expect(finding.message).toMatch(message);
      // Whatever is wrong says what to do.
      expect(finding.fix === undefined).toBe(state === 'ok');
      if (fix) expect(finding.fix).toMatch(fix);
    },
  );

  it('name each right that is refused', () => {
    const refused = [
      { what: 'read documents', why: '403 security_exception: no permissions for [indices:data/read/mget]' },
      { what: 'write documents', why: '403 x' },
    ];
    expect(
      judgeRights({ index: 'i', exists: true, forbidden: refused }).map(({ state, message }) => [state, message]),
    ).toEqual([
      ['fail', 'cannot read documents in i: 403 security_exception: no permissions for [indices:data/read/mget]'],
      ['fail', 'cannot write documents in i: 403 x'],
    ]);
    expect(judgeRights({ index: 'i', exists: true, forbidden: [] })).toMatchObject([
      { state: 'ok', message: 'documents of i may be read and written' },
    ]);
    expect(judgeRights({ index: 'i', exists: false, forbidden: [] })).toMatchObject([
      { state: 'ok', message: expect.stringContaining('shows only when it is there') },
    ]);
  });

  it('tell what is wrong with rows of the lease table', () => {
    const lease = (shardId: string, ended = false) => ({ shardId, owner: 'w', ended });
    const facts = {
      table: 't',
      malformed: [],
      shards: [
        { id: 'a', closed: false },
        { id: 'b', closed: false },
      ],
    };
    const states = (more: object) =>
      judgeLeases({ ...facts, leases: [], ...more }).map(({ state, message }) => [state, message]);
    expect(states({})).toEqual([['ok', 't holds no leases yet']]);
    expect(states({ leases: [lease('a'), lease('gone', true)] })).toEqual([
      ['ok', 'leases in t: 2, held by workers: 1, open shards without one: 1'],
    ]);
    expect(states({ leases: [lease('a'), lease('x')] })).toEqual([
      ['warn', expect.stringContaining('does not have: x')],
    ]);
    expect(states({ leases: [lease('x'), lease('y')] })).toEqual([['fail', expect.stringContaining('another stream')]]);
    expect(states({ leases: [lease('x')], shards: undefined })).toEqual([['ok', expect.any(String)]]);
    const malformed = Array.from({ length: 7 }, (_, i) => ({ key: `k${i}`, problem: 'no counter' }));
    expect(states({ malformed })).toEqual([['fail', expect.stringMatching(/"k4" \(no counter\) and 2 more/)]]);
  });

  it('exit with the worst', () => {
    const [good, bad] = [judgeMemory(1, GIB), judgeMemory(GIB, 1)];
    expect(worst([])).toBe('ok');
    expect(worst([good, { ...bad, state: 'warn' }, good])).toBe('warn');
    expect(worst([good, bad, { ...bad, state: 'warn' }])).toBe('fail');
  });
});

describe('advice on what AWS refuses', () => {
  it.each([
    [
      'AccessDeniedException: User: arn:aws:iam::1:role/r is not authorized to perform: kinesis:ListShards',
      'allow kinesis:X',
    ],
    ['CredentialsProviderError: Could not load credentials from any providers', 'AWS_ACCESS_KEY_ID'],
    ['Region is missing', 'AWS_REGION'],
    ['ExpiredTokenException: The security token included in the request is expired', 'renew'],
    ['TimeoutError: connection timed out', 'network'],
    ['connect ECONNREFUSED 127.0.0.1:1', 'network'],
    ['ResourceNotFoundException: Stream s not found', 'create it'],
    ['UnknownError: HTTP 503', 'something else than AWS'],
    ['KMSDisabledException: the key is disabled', 'mend what AWS says of kinesis:X'],
  ])('%s: %s', (why, advice) => {
    expect(adviceFor(why, 'kinesis:X')).toContain(advice);
  });
});
