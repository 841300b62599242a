import { integer, text } from '../environment/field.ts';

export const ALARMS = {
  email: text(
    'Who gets the alarms by mail; left out: subscribe to their topic as you like',
    'an address such as ops@example.com',
    /^[^\s@]{1,64}@[^\s@]{1,190}$/,
  ),
  lag_seconds: integer(300, 30, 86_400, 'How far behind the furthest shard may be, for a quarter of an hour'),
};
