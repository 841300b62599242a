// Usage: node bench/processes/kinesis.ts   the embedded Kinesis in a process of its own; prints its address.
import { startKinesis } from '../../src/local/kinesis/server.ts';

// The bench holds our stdin open: it closes when the bench is gone, by whatever means.
process.stdin.on('close', () => process.exit(0)).resume();
const GIB = 1024 ** 3;
const { url } = await startKinesis({ maxStreamBytes: 4 * GIB });
process.stdout.write(`READY ${url}\n`);
