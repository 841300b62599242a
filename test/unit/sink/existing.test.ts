import { expect, it } from 'vitest';
import { delivery } from '../../support/deliveries.ts';
import { startWriting } from '../../support/writing.ts';

it('a document whose id is taken where nobody can find it is not looked for for ever', async () => {
  await using writing = startWriting();
  const { target, writer, clock, fates, requests } = writing;
  target.failItem = ({ id }) => (id === 'hidden' ? { status: 'exists' } : undefined);
  writer.submit([delivery('hidden'), delivery('other')]);
  await clock.tick(60_000);
  expect([...fates]).toEqual([['other', ['indexed']]]);
  await clock.tick(70_000);
  expect(fates.get('hidden')).toEqual(['id-conflict']);
  requests.length = 0;
  await clock.tick(60_000);
  expect(requests).toEqual([]);
});

it('a document whose first copy is deleted again and again meanwhile is indexed in the end', async () => {
  await using writing = startWriting();
  const { target, writer, clock, fates } = writing;
  let times = 0;
  target.failItem = () => {
    times += 1;
    return times <= 100 ? { status: 'exists' } : undefined;
  };
  writer.submit([delivery('fleeting')]);
  await clock.tick(60_000);
  expect([...fates]).toEqual([['fleeting', ['indexed']]]);
});

it('a document that is shown only a while after it was taken is found to be a duplicate', async () => {
  await using writing = startWriting();
  const { target, writer, clock, fates } = writing;
  const { digests } = target;
  writer.submit([delivery('a')]);
  await clock.tick(1_000);
  const shownMs = clock.now() + 30_000;
  target.digests = async (places, signal) =>
    clock.now() < shownMs ? places.map(() => undefined) : digests(places, signal);
  writer.submit([delivery('a')]);
  await clock.tick(60_000);
  expect(fates.get('a')).toEqual(['indexed', 'duplicate']);
});
