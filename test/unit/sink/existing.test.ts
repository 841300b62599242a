import { expect, it } from 'vitest';
import { delivery } from '../../support/deliveries.ts';
import { startWriting } from '../../support/writing.ts';

it('a document whose id is taken where nobody can find it is not looked for for ever', async () => {
  await using writing = startWriting();
  const { target, writer, clock, fates, requests } = writing;
  target.failItem = ({ id }) => (id === 'hidden' ? { status: 'exists' } : undefined);
  writer.submit([delivery('hidden'), delivery('other')]);
  await clock.tick(60_000);
  expect([...fates]).toEqual([
    ['other', ['indexed']],
    ['hidden', ['id-conflict']],
  ]);
  expect(requests.length).toBeLessThan(40);
});

it('a document whose first copy is deleted again and again meanwhile is indexed in the end', async () => {
  await using writing = startWriting();
  const { target, writer, clock, fates } = writing;
  let times = 0;
  target.failItem = () => {
    times += 1;
    return times <= 10 ? { status: 'exists' } : undefined;
  };
  writer.submit([delivery('fleeting')]);
  await clock.tick(60_000);
  expect([...fates]).toEqual([['fleeting', ['indexed']]]);
});
