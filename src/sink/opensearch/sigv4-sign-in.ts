import { Sha256Node } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import type { AwsService } from '../../core/aws-endpoint.ts';
import type { Clock } from '../../core/clock.ts';
import type { FreshCredentials } from './aws-credentials.ts';
import type { Outgoing, SignIn } from './sign-in.ts';

export interface SigV4Options {
  readonly service: AwsService;
  readonly region: () => Promise<string>;
  readonly credentials: FreshCredentials;
  readonly clock: Clock;
}

const OURS = /^(?:authorization|x-amz-.+)$/;

/**
 * The request as the signature covers it: method, path, query, host, content type and the bytes of the body. No
 * content-length, which OpenSearch Serverless refuses among the signed headers; always x-amz-content-sha256, which it
 * demands. Source: OpenSearch Service Developer Guide, "Signing HTTP requests with other clients".
 */
const toSign = ({ method, url, query, headers, body }: Outgoing) => {
  const type = headers['content-type'];
  return {
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: { ...query },
    headers: { host: url.host, ...(type === undefined ? {} : { 'content-type': type }) },
    ...(body === undefined ? {} : { body }),
  };
};

/** Signs every request with AWS Signature Version 4. */
export const sigV4SignIn = ({ service, region, credentials, clock }: SigV4Options): SignIn => ({
  async headers(request) {
    const signer = new SignatureV4({
      service,
      region: await region(),
      credentials: await credentials.current(),
      sha256: Sha256Node,
    });
    const { headers } = await signer.sign(toSign(request), { signingDate: clock.wall() });
    return Object.fromEntries(Object.entries(headers).filter(([name]) => OURS.test(name)));
  },
  refused: credentials.refused,
  who() {
    const trouble = credentials.trouble();
    return `with Signature Version 4 for ${service}${trouble ? `; ${trouble}` : ''}`;
  },
});
