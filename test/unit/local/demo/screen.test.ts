import { expect, test } from 'vitest';
import { screenOn } from '../../../../src/local/demo/screen.ts';
import { manualClock } from '../../../support/clock.ts';

const output = (terminal?: { columns: number }) => {
  const written: string[] = [];
  return {
    written,
    stream: { ...terminal, isTTY: terminal !== undefined, write: (text: string) => written.push(text) },
  };
};

test('on a terminal the live line is written over, cut to its width, and other lines stand above it', () => {
  const { written, stream } = output({ columns: 10 });
  const screen = screenOn(stream, manualClock());
  screen.tell('first');
  screen.live('live 1 and much more');
  screen.live('live 2');
  screen.tell('told');
  screen.leave();
  screen.leave();
  const wipe = '\r\u001b[2K';
  expect(written).toEqual(['first\n', 'live 1 an', wipe, 'live 2', wipe, 'told\n', 'live 2', '\n']);
});

test('elsewhere there are plain lines, a live one now and then, and no control characters', async () => {
  const { written, stream } = output();
  const clock = manualClock();
  const screen = screenOn(stream, clock);
  screen.live('one');
  screen.live('two');
  screen.tell('told');
  await clock.tick(5_000);
  screen.live('three');
  screen.leave();
  expect(written).toEqual(['one\n', 'told\n', 'three\n']);
});
