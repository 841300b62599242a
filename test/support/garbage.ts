import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

/** Collects garbage now: all of it, or only what is young. */
export const collectGarbage: (how: { readonly type: 'major' | 'minor' }) => void = runInNewContext('gc');
