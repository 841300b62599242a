import { describe, expect, it } from 'vitest';
import { expectedSignature, signatureFault, type WireRequest } from '../../support/sigv4-verifier.ts';

const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const HOST = { host: 'example.amazonaws.com', 'x-amz-date': '20150830T123600Z' };
const NONE = new Uint8Array();

/** AWS's published test suite for Signature Version 4, and the worked example of the IAM User Guide (the last). */
const PUBLISHED: readonly (readonly [name: string, WireRequest, service: string, signature: string])[] = [
  [
    'get-vanilla',
    { method: 'GET', target: '/', headers: HOST, body: NONE },
    'service',
    '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  ],
  [
    'get-vanilla-query-order-key-case',
    { method: 'GET', target: '/?Param2=value2&Param1=value1', headers: HOST, body: NONE },
    'service',
    'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  ],
  [
    'get-utf8',
    { method: 'GET', target: '/ሴ', headers: HOST, body: NONE },
    'service',
    '8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85',
  ],
  [
    'post-vanilla',
    { method: 'POST', target: '/', headers: HOST, body: NONE },
    'service',
    '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  ],
  [
    'post-x-www-form-urlencoded',
    {
      method: 'POST',
      target: '/',
      headers: { ...HOST, 'content-type': 'application/x-www-form-urlencoded' },
      body: Buffer.from('Param1=value1'),
    },
    'service',
    'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  ],
  [
    'ListUsers',
    {
      method: 'GET',
      target: '/?Action=ListUsers&Version=2010-05-08',
      headers: {
        host: 'iam.amazonaws.com',
        'x-amz-date': '20150830T123600Z',
        'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
      },
      body: NONE,
    },
    'iam',
    '5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
  ],
];

describe('the verifier of signatures', () => {
  it.each(PUBLISHED)('comes to the published signature of %s', (_, request, service, signature) => {
    const scope = { secret: SECRET, date: '20150830', region: 'us-east-1', service };
    expect(expectedSignature(request, scope, Object.keys(request.headers).sort())).toBe(signature);
  });

  const scope = 'AKIDEXAMPLE/20150830/us-east-1/service/aws4_request';
  const published = '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31';
  const signed = (more: object = {}, target = '/', body: Uint8Array = NONE): WireRequest => ({
    method: 'GET',
    target,
    headers: {
      ...HOST,
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host;x-amz-date, Signature=${published}`,
      ...more,
    },
    body,
  });
  const expected = {
    region: 'us-east-1',
    service: 'service',
    now: new Date('2015-08-30T12:40:00Z'),
    key: (id: string) => (id === 'AKIDEXAMPLE' ? { secret: SECRET } : undefined),
  };

  it('takes what is right', () => {
    expect(signatureFault(signed(), expected)).toBeUndefined();
  });

  it.each([
    [{ authorization: 'Basic abc' }, '/', NONE, 'no signature'],
    [{}, '/?a=b', NONE, 'the signature does not match'],
    [{}, '/', Buffer.from('body'), 'the signature does not match'],
    [{ host: 'other.amazonaws.com' }, '/', NONE, 'the signature does not match'],
    [{ 'x-amz-extra': 'x' }, '/', NONE, 'x-amz-extra must be signed'],
    [{ 'x-amz-security-token': 't' }, '/', NONE, 'another security token belongs to the key'],
    [{ 'x-amz-date': '20150830T113600Z' }, '/', NONE, 'signature expired: 20150830T113600Z'],
  ])('refuses %j %s', (headers, target, body, fault) => {
    expect(signatureFault(signed(headers, target, body), expected)).toBe(fault);
  });

  it('knows the rules of a serverless collection', () => {
    const collection = { ...expected, collection: true };
    expect(signatureFault(signed(), collection)).toBe('x-amz-content-sha256 is missing');
    const names = 'content-length;host;x-amz-content-sha256;x-amz-date';
    const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=${names}, Signature=${published}`;
    const headers = { authorization, 'content-length': '0', 'x-amz-content-sha256': 'x' };
    expect(signatureFault(signed(headers), collection)).toBe('content-length must not be signed');
  });

  it('refuses other keys, regions, services and times, and keys that have expired', () => {
    const { now } = expected;
    expect(signatureFault(signed(), { ...expected, key: () => undefined })).toContain('no such access key');
    expect(signatureFault(signed(), { ...expected, key: () => ({ secret: 'other' }) })).toContain('does not match');
    expect(signatureFault(signed(), { ...expected, region: 'eu-west-1' })).toContain('signed for');
    expect(signatureFault(signed(), { ...expected, service: 'es' })).toContain('signed for');
    expect(signatureFault(signed(), { ...expected, now: new Date('2015-08-30T12:42:00Z') })).toContain('expired');
    const expires = { secret: SECRET, expires: now };
    expect(signatureFault(signed(), { ...expected, key: () => expires })).toContain('is expired');
  });
});
