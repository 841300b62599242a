import { startKinesis } from '../../src/local/kinesis/server.ts';
import { kinesisContract } from './kinesis.ts';

kinesisContract('embedded', () => startKinesis());
kinesisContract('embedded, with slow transitions', () => startKinesis({ transitionMs: 50 }));
