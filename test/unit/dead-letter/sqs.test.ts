import { expect, it } from 'vitest';
import { regionOf } from '../../../src/dead-letter/sqs/client.ts';

it.each([
  ['https://sqs.eu-central-1.amazonaws.com/123456789012/q', 'eu-central-1'],
  ['https://sqs-fips.us-gov-west-1.amazonaws.com/123456789012/q', 'us-gov-west-1'],
  ['https://sqs.cn-north-1.amazonaws.com.cn/123456789012/q', 'cn-north-1'],
  ['https://sqs.eu-west-1.api.aws/123456789012/q', 'eu-west-1'],
  ['https://vpce-0ab-1cd.sqs.us-east-1.vpce.amazonaws.com/123456789012/q', 'us-east-1'],
  ['https://us-west-2.queue.amazonaws.com/123456789012/q', 'us-west-2'],
  ['https://queue.amazonaws.com/123456789012/q', undefined],
  ['http://127.0.0.1:5000/123456789012/q', undefined],
  ['http://localhost:4566/000000000000/q', undefined],
])('the queue %s is signed for %s', (url, region) => {
  expect(regionOf(url)).toBe(region);
});
