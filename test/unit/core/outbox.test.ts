import { expect, it } from 'vitest';
import { silentLog } from '../../../src/core/log.ts';
import { Outbox } from '../../../src/core/outbox.ts';
import { manualClock, seeded } from '../../support/clock.ts';

it('an outbox lets go of what is lost at once, also while a write hangs', async () => {
  const clock = manualClock();
  const puts: (readonly string[])[] = [];
  const outbox = new Outbox<string>({
    what: 'texts',
    put: async (texts) => {
      puts.push(texts);
      if (texts.includes('hangs')) await clock.sleep(30_000);
      return texts.map((text) => (text === 'refused' ? 'not this one' : undefined));
    },
    close: async () => {},
    bytesOf: () => 1,
    maxItems: 1,
    maxBytes: 100,
    lingerMs: 0,
    backoff: { firstMs: 100, maxMs: 1_000 },
    clock,
    random: seeded(1),
    log: silentLog,
  });
  const running = outbox.run();
  const [lost, held] = [new AbortController(), new AbortController()];
  const durable: string[] = [];
  const post = (item: string, { signal }: AbortController) =>
    outbox.post({ item, onDurable: () => durable.push(item), lost: signal });
  for (const item of ['refused', 'lost']) post(item, lost);
  for (const item of ['hangs', 'other']) post(item, held);
  while (puts.length < 3) await clock.tick(100);
  expect(outbox.trouble()).toContain('not this one');
  lost.abort();
  expect(outbox.trouble()).toBeUndefined();
  post('late', lost);
  await clock.tick(60_000);
  expect(puts.flat()).toEqual(['refused', 'lost', 'hangs', 'other']);
  expect(durable).toEqual(['lost', 'hangs', 'other']);
  outbox.close();
  await running;
});
