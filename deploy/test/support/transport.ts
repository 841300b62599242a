/** How a request came. */
export interface Transport {
  readonly secure: boolean;
  /** The version of TLS; 0 without. */
  readonly tls: number;
}

interface RawStatement {
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Each condition that a bucket policy of ours may have, by what it says of a request. */
const HOLDS: Readonly<Record<string, (value: unknown, transport: Transport) => boolean>> = {
  'Bool aws:SecureTransport': (value, { secure }) => String(value) === String(secure),
  // Without TLS there is no version, and no number is compared.
  'NumericLessThan s3:TlsVersion': (value, { secure, tls }) => secure && tls < Number(value),
};

/** Those that no request of ours meets: S3's own, when it writes access logs. */
const OF_OTHERS = /^(ArnLike|StringEquals) aws:Source/;

const holds = ({ Condition = {} }: RawStatement, transport: Transport): boolean =>
  Object.entries(Condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, value]) => {
      const name = `${operator} ${key}`;
      if (OF_OTHERS.test(name)) return false;
      const judge = HOLDS[name];
      if (!judge) throw new Error(`no request is known to meet or miss ${name}`);
      return judge(value, transport);
    }),
  );

/**
 * A policy as it is for a request that came this way: the statements whose conditions it meets, without them. moto denies
 * what a statement denies, but knows neither of these conditions.
 */
export const underTransport = (policy: unknown, transport: Transport): object => {
  const { Statement, ...rest } = policy as { readonly Statement: readonly RawStatement[] };
  const met = Statement.filter((statement) => holds(statement, transport));
  return { ...rest, Statement: met.map(({ Condition: _, ...statement }) => statement) };
};
