import { describe } from 'vitest';
import { memoryTarget } from '../../src/sink/memory/target.ts';
import { bulkTargetContract } from './bulk-target.ts';

describe('the sink in memory', () => {
  bulkTargetContract(() => ({ target: memoryTarget(), prefix: 'events' }));
});
