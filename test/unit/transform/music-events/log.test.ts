import { describe, expect, it } from 'vitest';
import { sharedFiles } from '../../../support/shared-data.ts';
import { documentOf, LOG, refusal } from './support.ts';

describe("a line of the streaming service's log", () => {
  it('becomes this document', () => {
    expect(documentOf(LOG)).toEqual({
      id: '39-38-3',
      timestamp: '2018-11-01T20:57:10.796Z',
      body: {
        event: { id: '39-38-3', type: 'song_play', page: 'NextSong', status: 200, method: 'PUT' },
        artist: { name: 'Muse' },
        song: { title: 'Uprising', duration_seconds: 209.34485 },
        user: {
          id: '39',
          level: 'free',
          gender: 'F',
          location: 'Reykjavík',
          registered_at: '2018-10-30T17:06:06.796Z',
          agent: 'Mozilla/5.0 (X11; Linux x86_64)',
        },
        interaction: { session_id: '38', item_in_session: 3, authenticated: true },
        analytics: { hour_of_day: 20, day_of_week: 4, is_play: true, is_paid: false },
      },
    });
  });

  it('of somebody unknown is anonymous, and no play', () => {
    const nobody = { artist: null, song: null, length: null, gender: null, location: null, registration: null };
    const event = { ...LOG, ...nobody, userAgent: null, userId: '', auth: 'Logged Out', page: 'Home', level: 'paid' };
    expect(documentOf(event)).toMatchObject({
      id: 'anonymous-38-3',
      body: {
        event: { id: 'anonymous-38-3', type: 'page_view', page: 'Home', status: 200, method: 'PUT' },
        user: { level: 'paid' },
        interaction: { session_id: '38', item_in_session: 3, authenticated: false },
        analytics: { hour_of_day: 20, day_of_week: 4, is_play: false, is_paid: true },
      },
    });
    expect(Object.keys(documentOf(event).body.user ?? {})).toEqual(['level']);
  });

  it('keeps names only when told', () => {
    expect(JSON.stringify(documentOf(LOG))).not.toMatch(/Ada|Byron|Name/);
    expect(documentOf(LOG, { keep_names: true }).body.user).toMatchObject({ first_name: 'Ada', last_name: 'Byron' });
  });

  it.each([
    ['"Mozilla"', 'Mozilla'],
    ['Mozilla', 'Mozilla'],
    ['""Mozilla""', '"Mozilla"'],
    ['"Mozilla', '"Mozilla'],
    ['"', '"'],
    ['""', undefined],
  ])('loses the outer quotes of its user agent: %s', (userAgent, agent) => {
    expect(documentOf({ ...LOG, userAgent }).body.user?.agent).toBe(agent);
  });

  it('keeps what it does not know under extra', () => {
    expect(documentOf({ ...LOG, mood: 'calm' }).body.extra).toEqual({ mood: 'calm' });
  });

  it.each([
    [{ ts: null }, 'not a streaming-service log event: ts is missing'],
    [{ page: '' }, 'page is missing'],
    [{ sessionId: null }, 'sessionId is missing'],
    [{ itemInSession: '3' }, 'itemInSession is a string that is not a whole number'],
    [{ status: 200.5 }, 'status is a number that is not a whole number'],
    [{ registration: 'long ago' }, 'registration is a string that is not an ISO-8601'],
    [{ auth: 1 }, 'auth is a number that is not text'],
  ])('is refused with shape, field and expectation: %j', (change, words) => {
    expect(refusal({ ...LOG, ...change })).toContain(words);
  });
});

describe('the public log of twenty days', () => {
  const lines = sharedFiles('sparkify_events').flatMap(({ bytes }) => bytes.toString().split('\n').filter(Boolean));
  const PER_DAY = [15, 171, 111, 189, 408, 184, 202, 223, 283, 96, 95, 213, 394, 457, 533, 382, 146, 157, 327, 379];

  it.runIf(lines.length > 0)('makes the known documents a day, all with ids of their own', () => {
    const documents = lines.map((line) => documentOf(JSON.parse(line), { repair_text: true }));
    const days = new Map<string, number>();
    for (const { timestamp } of documents) {
      const day = timestamp.slice(0, 10);
      days.set(day, (days.get(day) ?? 0) + 1);
    }
    expect([...days].sort()).toEqual(
      PER_DAY.map((count, index) => [`2018-11-${String(index + 1).padStart(2, '0')}`, count]),
    );
    expect(documents.filter(({ body }) => body.analytics?.is_play)).toHaveLength(4_223);
    expect(new Set(documents.map(({ id }) => id)).size).toBe(4_965);
    const artists = new Set(documents.map(({ body }) => body.artist?.name));
    expect(artists).toContain('Björk');
    expect([...artists].filter((name) => /Ã/.test(String(name)))).toEqual([]);
  });
});
