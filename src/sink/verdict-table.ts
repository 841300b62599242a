/** What is done with one document. */
export type ItemAction = 'ok' | 'exists' | 'stale' | 'dropped' | 'retry' | 'sick' | 'hold' | 'forbidden' | 'rejected';

/** What is done with a request that was not answered document by document. */
export type RequestAction = 'retry' | 'split' | 'hold';

/**
 * One row: its name; the statuses it fits, `none` being no answer at all; the words that must stand in what was asked
 * (`create` or `index`), its result, and the error's type and reason, as a regular expression, or `-` for no error; what
 * is done; and why.
 */
export type Row<Action extends string> = readonly [
  name: string,
  statuses: string,
  words: string,
  action: Action,
  because: string,
];

/** From the beginning: further on, a reason may hold words of the document. */
const NO_PIPELINE = '^\\w+ illegal_\\w+ (pipeline with id|Pipeline processor configured for non-existent)';

/** For each document of an answered request. The first row that fits decides; docs/delivery.md shows the same rows. */
export const ITEM_ROWS: readonly Row<ItemAction>[] = [
  ['dropped', '200', '^create$|^index noop$', 'dropped', 'An ingest pipeline dropped it, as somebody told it to'],
  ['written', '2xx', '-', 'ok', 'It is in the index, durably'],
  ['stale', '409', '^index ', 'stale', 'A newer version stands there: this one came late, and changes nothing'],
  [
    'baseless',
    '409',
    ': version conflict, document does not exist \\(expected version \\[-?\\d+\\]\\)$',
    'rejected',
    'A pipeline asks for a version of it',
  ],
  ['exists', '409', '', 'exists', 'The id is taken: an equal digest makes it a duplicate, another one a conflict'],
  ['blocked', 'any', 'cluster_block_exception', 'sick', 'A block is lifted, whatever status it comes with'],
  ['shard-limit', 'any', 'maximum .*shards open', 'sick', 'Retention or an operator makes room'],
  ['closed', 'any', 'index_closed_exception', 'sick', 'An operator opens the index again'],
  ['no-pipeline', '400 500', NO_PIPELINE, 'sick', 'An operator makes its pipeline'],
  ['failed', '5xx', '^\\w+ fail_processor_exception', 'rejected', 'Its pipeline refuses it on purpose'],
  ['missing', '404', '', 'sick', 'Where indices are not made by themselves, an operator makes it'],
  ['unavailable', '503', '', 'sick', 'The index has no primary for it, and every request waits for one'],
  ['busy', '402 408 425 429', '', 'retry', 'Too much at once; 402 is a serverless collection at its ceiling'],
  ['failing', '5xx', '', 'retry', 'A fault of the cluster, not of the document'],
  ['credentials', '401', '', 'hold', 'An expired password is no reason to dead-letter a stream'],
  ['no-ids', '400', 'Document ID is not supported', 'hold', 'A serverless collection of a type that takes no ids'],
  ['permission', '403', '', 'forbidden', 'Dead letter where others are accepted; if nothing is, hold'],
  ['refused', '4xx', '', 'rejected', 'Sent again it would be refused again: a value that does not fit the mapping'],
  ['unclear', 'any', '', 'retry', 'An answer that contradicts itself says nothing'],
];

/** For each request that was not answered document by document. The first row that fits decides. */
export const REQUEST_ROWS: readonly Row<RequestAction>[] = [
  ['tls', 'none', 'certificate|altname|SSL routines|EPROTO|ERR_(TLS|SSL)', 'hold', 'Somebody must mend the trust'],
  ['no-answer', 'none', '', 'retry', 'Refused, reset, timed out or cut short: what was written is found by its id'],
  ['blocked', 'any', 'cluster_block_exception', 'retry', 'A block is lifted, whatever status it comes with'],
  ['shard-limit', 'any', 'maximum .*shards open', 'retry', 'Retention or an operator makes room'],
  ['too-large', '413', '', 'split', 'The halves may pass'],
  ['busy', '402 408 425 429', '', 'retry', 'Too much at once; 402 is a serverless collection at its ceiling'],
  ['failing', '5xx', '', 'retry', 'A fault of the cluster or of something before it'],
  ['refused', '400', '', 'split', 'One document may have spoilt it for the others'],
  ['credentials', '401', '', 'hold', 'An expired password is no reason to dead-letter a stream'],
  ['permission', '403', '', 'hold', 'Lost rights are no reason to dead-letter a stream'],
  ['garbage', '2xx', '', 'retry', 'No answer to this request: not JSON, or another number of documents'],
  ['elsewhere', 'any', '', 'hold', 'Something else than OpenSearch answers: a wrong address, a proxy'],
];
