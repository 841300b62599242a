import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sharedFiles } from '../../../support/shared-data.ts';
import { CANONICAL, documentOf, messageOf, refusal, transformOf } from './support.ts';

const MINIMAL = { event_id: 'e', event_type: 'page_view', timestamp: '2026-01-01T00:00:00Z' };

describe('a canonical event', () => {
  it('becomes this document', () => {
    expect(documentOf(CANONICAL)).toEqual({
      id: 'e-1',
      timestamp: '2018-11-04T23:30:15.250Z',
      body: {
        event: { id: 'e-1', type: 'play' },
        artist: { id: 'a-1', name: 'Björk' },
        song: { id: 'so-1', title: 'Jóga', duration_seconds: 305.2 },
        user: { id: 'u-1', level: 'paid', country: 'IS' },
        interaction: { session_id: 's-1', platform: 'ios' },
        analytics: { hour_of_day: 23, day_of_week: 7, is_play: true, is_paid: true },
      },
    });
  });

  it('needs only id, type and time, and shows nothing of what it does not say', () => {
    const body = {
      event: { id: 'e', type: 'page_view' },
      analytics: { hour_of_day: 0, day_of_week: 4, is_play: false, is_paid: false },
    };
    expect(documentOf(MINIMAL).body).toEqual(body);
    const empty = {
      user_id: null,
      session_id: '',
      artist: null,
      duration_ms: null,
      level: '',
      surprise: null,
      other: '',
    };
    expect(documentOf({ ...MINIMAL, ...empty }).body).toEqual(body);
  });

  it('may be of any type; only plays are plays', () => {
    const types = ['play', 'song_play', 'skip', 'like', 'share', 'page_view', 'constructor', 'PLAY'];
    const plays = types.filter((event_type) => documentOf({ ...MINIMAL, event_type }).body.analytics?.is_play);
    expect(plays).toEqual(['play', 'song_play']);
  });

  it('keeps unknown fields under extra, as they are', () => {
    const more = { mood: 'calm', tags: ['a', '', null], nested: { a: null, b: '' }, n: 0, no: false };
    expect(documentOf({ ...MINIMAL, ...more }).body.extra).toEqual(more);
  });

  it('keeps a key __proto__ as a key', () => {
    const event: unknown = JSON.parse(`{"__proto__":{"is_paid":1},"constructor":2,${JSON.stringify(MINIMAL).slice(1)}`);
    const [document] = transformOf().apply(messageOf(event));
    const text = JSON.stringify(document?.body);
    expect(text).toContain('"extra":{"__proto__":{"is_paid":1},"constructor":2}');
    expect({}).not.toHaveProperty('is_paid');
  });

  it('takes whole numbers for text, as far as they are exact', () => {
    const event = { ...MINIMAL, event_id: 9_007_199_254_740_991, user_id: 0, artist: 311 };
    expect(documentOf(event)).toMatchObject({
      id: '9007199254740991',
      body: { event: { id: '9007199254740991' }, user: { id: '0' }, artist: { name: '311' } },
    });
    expect(refusal({ ...MINIMAL, event_id: 9_007_199_254_740_992 })).toContain('event_id');
    expect(refusal({ ...MINIMAL, user_id: 1.5 })).toContain('user_id');
  });

  it.each([
    [{ event_id: undefined }, 'not a canonical event: event_id is missing; expected text'],
    [{ event_id: '' }, 'event_id is missing'],
    [{ event_type: null }, 'event_type is missing'],
    [{ timestamp: undefined }, 'timestamp is missing; expected an ISO-8601'],
    [{ timestamp: 'secret' }, 'timestamp is a string that is not an ISO-8601'],
    [{ event_id: { secret: 1 } }, 'event_id is an object that is not text'],
    [{ artist: ['secret'] }, 'artist is a list that is not text'],
    [{ level: true }, 'level is a boolean that is not text'],
    [{ duration_ms: 'secret' }, 'duration_ms is a string that is not a number'],
    [{ duration_ms: 1e300 }, 'duration_ms is a number that is not a number that a 32-bit float can hold'],
  ])('is refused with shape, field and expectation, without its value: %j', (change, words) => {
    const message = refusal({ ...MINIMAL, ...change });
    expect(message).toContain(words);
    expect(message).not.toContain('secret');
  });

  it('and what has no shape at all hears of both', () => {
    const message = refusal({ hello: 'world' });
    expect(message).toMatch(/canonical event .*event_id.* and not a streaming-service log event .*ts, page/);
    expect(refusal(undefined)).toContain('decode');
  });

  it('comes through JSON byte for byte in its text, whatever the text', () => {
    const naughty = sharedFiles('nasty/blns')
      .flatMap(({ bytes }): unknown => JSON.parse(bytes.toString()))
      .filter((entry) => typeof entry === 'string' && entry !== '');
    const own = ['\0', 'a\0b', '\ud800', '\udc00\ud800', '\u202e', '__proto__', '"', '\\', '\u2028', '\ufeff'];
    for (const text of [...own, ...naughty]) {
      const { id, body } = documentOf({ ...MINIMAL, event_id: text, artist: text, song: text, country: text, x: text });
      const seen = [id, body.event?.id, body.artist?.name, body.song?.title, body.user?.country, body.extra?.x];
      expect(seen).toEqual(Array(6).fill(text));
    }
  });

  it('is a document without nulls and empty text, or refused: nothing else happens', () => {
    const keys = [...Object.keys(CANONICAL), 'surprise', '__proto__', 'ts'];
    const value = fc.oneof(fc.string(), fc.integer(), fc.double(), fc.boolean(), fc.constant(null), fc.jsonValue());
    const event = fc.dictionary(fc.constantFrom(...keys), value).map((some) => ({ ...MINIMAL, ...some }));
    fc.assert(
      fc.property(event, (incoming) => {
        let body: ReturnType<typeof documentOf>['body'];
        try {
          body = documentOf(incoming).body;
        } catch {
          expect(refusal(incoming)).toMatch(/^not a canonical event: \w+ is /);
          return;
        }
        for (const group of Object.values(body)) {
          for (const each of Object.values(group)) expect([null, '', undefined]).not.toContain(each);
        }
      }),
    );
  });
});
