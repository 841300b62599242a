// Usage: node bench/processes/sink.ts   an OpenSearch that keeps nothing; prints its address.
//   POST /_bulk           answers every document as created
//   GET  /_sink           what it has counted
//   GET  /_sink/until?documents=N   answers once so many documents are acknowledged
//   POST /_sink/reset[?watch=1]     counts from 0; `watch` also takes times from each document
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { hearing } from '../hearing.ts';

// The bench holds our stdin open: it closes when the bench is gone, by whatever means.
process.stdin.on('close', () => process.exit(0)).resume();

/** What OpenSearch answers a created document with, whole and filtered as Shardline asks. */
const WHOLE =
  '{"create":{"_index":"i","_id":"x","_version":1,"result":"created","_shards":{"total":1,"successful":1,"failed":0},"_seq_no":1,"_primary_term":1,"status":201}}';
const FILTERED = '{"create":{"status":201}}';
const NEWLINE = 10;

let documents = 0;
let requests = 0;
let watching = false;
let heard = hearing();
let waiting: { readonly documents: number; readonly tell: () => void }[] = [];
/** Answers by form and number of documents: nearly all requests are of a few sizes. */
const answers = new Map<string, Buffer>();

const answerTo = (count: number, filtered: boolean): Buffer => {
  const key = `${filtered}${count}`;
  const known = answers.get(key);
  if (known) return known;
  const items = new Array<string>(count).fill(filtered ? FILTERED : WHOLE).join();
  const answer = Buffer.from(filtered ? `{"items":[${items}]}` : `{"took":1,"errors":false,"items":[${items}]}`);
  if (answers.size < 100) answers.set(key, answer);
  return answer;
};

const send = (response: ServerResponse, body: Buffer | string, status = 200): void => {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
};

const countLines = (chunk: Buffer): number => {
  let lines = 0;
  for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) lines += 1;
  return lines;
};

const bulk = (request: IncomingMessage, response: ServerResponse): void => {
  let lines = 0;
  const kept: Buffer[] = [];
  request.on('data', (chunk: Buffer) => {
    lines += countLines(chunk);
    if (watching) kept.push(chunk);
  });
  request.on('end', () => {
    const count = lines >> 1;
    send(response, answerTo(count, request.url?.includes('filter_path') ?? false));
    if (watching) heard.note(Buffer.concat(kept), Date.now());
    documents += count;
    requests += 1;
    waiting = waiting.filter((waiter) => {
      if (documents < waiter.documents) return true;
      waiter.tell();
      return false;
    });
  });
};

const told = (): string => JSON.stringify({ documents, requests, latencies: heard.latencies, shards: heard.shards });

const administer = (url: URL, response: ServerResponse): void => {
  if (url.pathname === '/_sink/until') {
    waiting.push({ documents: Number(url.searchParams.get('documents')), tell: () => send(response, '{}') });
    return;
  }
  if (url.pathname === '/_sink/reset') {
    [documents, requests, heard, watching] = [0, 0, hearing(), url.searchParams.has('watch')];
  }
  send(response, told());
};

const server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
  if (request.url?.startsWith('/_bulk')) return bulk(request, response);
  request.resume();
  if (request.url?.startsWith('/_sink')) return administer(new URL(request.url, 'http://sink'), response);
  if (request.method === 'GET' && request.url?.startsWith('/_index_template')) return send(response, '{}', 404);
  send(response, '{"acknowledged":true}');
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address) process.stdout.write(`READY http://127.0.0.1:${address.port}\n`);
});
