import { expect, it, describe as suite } from 'vitest';
import { describe } from '../../../src/core/errors.ts';

suite('the message of what was thrown', () => {
  it('repeats no signed request, which holds the session token', () => {
    const refusal = 'The request signature we calculated does not match the signature you provided.';
    const request =
      "The Canonical String for this request should have been\n'POST\n/\n\nx-amz-security-token:IQoJb3JpZ2lu…'";
    expect(describe(new Error(`${refusal}\n\n${request}`))).toBe(refusal);
    expect(describe(new Error(request))).toBe('Error');
    expect(describe(new Error(refusal))).toBe(refusal);
  });

  it('is something for whatever it was', () => {
    expect(describe('text')).toBe('text');
    expect(describe(new TypeError())).toBe('TypeError');
    expect(describe({ toString: 1 })).toBe('a value that cannot be shown');
  });
});
