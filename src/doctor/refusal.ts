const ADVICE: readonly (readonly [RegExp, (action: string) => string])[] = [
  [
    /AccessDenied|not authorized|UnauthorizedOperation|\b403\b/i,
    (action) => `allow ${action} to the role that Shardline runs as`,
  ],
  [/Region is missing/i, () => 'set AWS_REGION'],
  [
    /CredentialsProvider|Could not load credentials|Resolved credential object/i,
    () =>
      'give it AWS credentials in a way that the SDK finds: a role of the task or pod, a profile, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
  ],
  [
    /ExpiredToken|UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch|InvalidAccessKeyId/i,
    () => 'renew the AWS credentials, and look at the clock of this machine',
  ],
  [
    /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ECONNRESET|timed? ?out|TimeoutError/,
    () => 'look at AWS_REGION, AWS_ENDPOINT_URL and the network: routes, VPC endpoints, security groups',
  ],
  [/UnknownError/, () => 'something else than AWS answered: look at AWS_ENDPOINT_URL and at proxies'],
  [
    /ResourceNotFound|NotFound|NonExistentQueue|NoSuch|does not exist/i,
    () => 'create it, or correct its name, account and region',
  ],
];

/** What to do when AWS did not do what `action` (an IAM action) asks for. `why` is the error's name and message. */
export const adviceFor = (why: string, action: string): string =>
  ADVICE.find(([pattern]) => pattern.test(why))?.[1](action) ?? `mend what AWS says of ${action}`;
