import { expect, it } from 'vitest';
import {
  parseLetterTarget,
  parseS3Place,
  showLetterTarget,
  showS3Place,
  TARGET_KINDS,
} from '../../../src/config/letter-target.ts';

const TARGETS = [
  'file:./dead-letters',
  'https://sqs.eu-central-1.amazonaws.com/123456789012/letters',
  's3://bucket/a/b',
  'firehose://letters',
];

it.each(TARGETS)('the target %s is shown as it was written', (text) => {
  const target = parseLetterTarget(text);
  expect(target && showLetterTarget(target)).toBe(text);
});

it('every kind of target is among them', () => {
  expect(TARGETS.map((text) => parseLetterTarget(text)?.kind)).toEqual(TARGET_KINDS);
});

it.each([
  ['s3://bucket', 's3://bucket'],
  ['s3://bucket/', 's3://bucket'],
  ['s3://my.bucket-1/a/b=c/', 's3://my.bucket-1/a/b=c'],
])('the place %s is shown as %s', (text, shown) => {
  const place = parseS3Place(text);
  expect(place && showS3Place(place)).toBe(shown);
});

it.each(['s3://', 's3:/bucket', 's3://b', 's3://bucket//a', 's3://bucket/a b', `s3://bucket/${'a'.repeat(513)}`])(
  '%s is no place',
  (text) => {
    expect(parseS3Place(text)).toBeUndefined();
  },
);
