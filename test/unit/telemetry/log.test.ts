import { describe, expect, it } from 'vitest';
import { createLog } from '../../../src/telemetry/log.ts';

const logged = (terminal: boolean, level: 'info' | 'debug' = 'info') => {
  const lines: string[] = [];
  const write = (line: string) => {
    lines.push(line);
  };
  return { lines, log: createLog({ level, terminal, base: { application: 'plays' }, output: { write } }) };
};

describe('the log', () => {
  it('writes one JSON line an event, with level and time in words', () => {
    const { log, lines } = logged(false);
    log.warn({ shard: 'shard-1' }, 'it is late');
    expect(lines).toHaveLength(1);
    expect(lines[0]?.endsWith('}\n')).toBe(true);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      application: 'plays',
      shard: 'shard-1',
      msg: 'it is late',
    });
  });

  it('keeps to its level', () => {
    const quiet = logged(false);
    quiet.log.debug({}, 'details');
    const talkative = logged(false, 'debug');
    talkative.log.debug({}, 'details');
    expect([quiet.lines.length, talkative.lines.length]).toEqual([0, 1]);
  });

  it.each([true, false])('survives numbers beyond 2^53, circles and line ends (on a terminal: %s)', (terminal) => {
    const { log, lines } = logged(terminal);
    const circle: { self?: object } = {};
    circle.self = circle;
    log.error({ big: 2n ** 70n, deep: { big: 2n ** 70n }, circle, text: 'a\nb' }, 'still here');
    expect(lines.join('').trimEnd().split('\n')).toHaveLength(1);
    expect(lines.join('')).toContain('still here');
  });
});
