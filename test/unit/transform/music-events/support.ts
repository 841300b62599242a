import { PoisonError } from '../../../../src/core/errors.ts';
import type { Document, Message, Transform } from '../../../../src/core/message.ts';
import { sequencePosition } from '../../../../src/core/position.ts';
import { musicEvents } from '../../../../src/transform/music-events/index.ts';

/** The transform as the service makes it of `transform_options`. */
export const transformOf = (options: object = {}): Pick<Transform, 'apply' | 'template'> =>
  musicEvents.create(musicEvents.options.parse(options));

export const messageOf = (value: unknown): Message => ({
  bytes: Buffer.from(''),
  value,
  at: sequencePosition('1', 0),
  arrived: new Date(0),
});

/** The one document that an event becomes, as JSON carries it. */
export const documentOf = (event: unknown, options: object = {}) => {
  const [document, ...more] = transformOf(options).apply(messageOf(event));
  if (!document || more.length > 0) throw new Error('expected exactly one document');
  const body: Readonly<Record<string, Readonly<Record<string, unknown>>>> = JSON.parse(JSON.stringify(document.body));
  return { id: document.id, timestamp: document.timestamp.toISOString(), body };
};

/** Why an event is refused; fails when it is not, or in any other way. */
export const refusal = (event: unknown, options: object = {}): string => {
  let documents: readonly Document[];
  try {
    documents = transformOf(options).apply(messageOf(event));
  } catch (thrown) {
    if (thrown instanceof PoisonError && thrown.reason === 'transform-invalid') return thrown.message;
    throw thrown;
  }
  throw new Error(`not refused: ${documents.length} documents`);
};

export const CANONICAL = {
  event_id: 'e-1',
  event_type: 'play',
  timestamp: '2018-11-04T23:30:15.250Z',
  user_id: 'u-1',
  session_id: 's-1',
  artist_id: 'a-1',
  artist: 'Björk',
  song_id: 'so-1',
  song: 'Jóga',
  duration_ms: 305_200,
  level: 'paid',
  platform: 'ios',
  country: 'IS',
};

export const LOG = {
  artist: 'Muse',
  auth: 'Logged In',
  firstName: 'Ada',
  gender: 'F',
  itemInSession: 3,
  lastName: 'Byron',
  length: 209.34485,
  level: 'free',
  location: 'Reykjavík',
  method: 'PUT',
  page: 'NextSong',
  registration: 1540919166796.0,
  sessionId: 38,
  song: 'Uprising',
  status: 200,
  ts: 1541105830796,
  userAgent: '"Mozilla/5.0 (X11; Linux x86_64)"',
  userId: '39',
};
