import { expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { startMoto } from '../../support/moto.ts';

it('names what is missing where there is no Python', async () => {
  const machine = { env: { PATH: '/nonexistent' }, cache: '/nonexistent', clock: systemClock, say: () => {} };
  await expect(startMoto(machine)).rejects.toMatchObject({
    code: 'SHARDLINE_LOCAL_TOOL_MISSING',
    message: expect.stringContaining('python3'),
  });
});
