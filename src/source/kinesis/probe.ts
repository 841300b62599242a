import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { describe } from '../../core/errors.ts';
import type { Probe } from '../../core/probe.ts';
import { describeStream } from './stream.ts';

/** Whether the stream can be asked at all: it exists, and our credentials reach it. */
export const kinesisProbe = (client: KinesisClient, stream: string): Probe => ({
  name: 'kinesis',
  async check(signal) {
    try {
      const { status } = await describeStream(client, stream, signal);
      return status === 'DELETING' ? `stream ${stream} is being deleted` : undefined;
    } catch (thrown) {
      return `stream ${stream} cannot be asked: ${describe(thrown)}`;
    }
  },
});
