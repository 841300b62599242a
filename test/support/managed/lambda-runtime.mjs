// Loads a function's code as Lambda does, from its folder alone, and plays the invocations that come as lines on stdin: each
// answer, as the text that Lambda would return, is a line on file 3. What the function logs goes to stdout, with END behind
// each invocation.
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const startMs = performance.now();
const { handler } = await import(join(process.cwd(), 'index.mjs'));
const tell = (what) => {
  // readline takes these two for the ends of lines, and a pipe may take less than all of a text at once.
  const json = JSON.stringify(what).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
  const text = Buffer.from(`${json}\n`);
  for (let at = 0; at < text.length; at += writeSync(3, text, at));
};
tell({ initMs: performance.now() - startMs });

for await (const line of createInterface({ input: process.stdin })) {
  const { event, leftMs } = JSON.parse(line);
  const endMs = performance.now() + leftMs;
  const context = { getRemainingTimeInMillis: () => endMs - performance.now() };
  try {
    tell({ text: JSON.stringify(await handler(event, context)) });
  } catch (error) {
    tell({ error: String(error), code: error.code });
  }
  process.stdout.write('END\n');
}
