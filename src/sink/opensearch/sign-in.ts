import type { Replaceable } from './reread.ts';

/** A request as it will be sent, as far as a signature covers it. */
export interface Outgoing {
  readonly method: string;
  readonly url: URL;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** The bytes as they are sent: compressed, when they are. */
  readonly body: Buffer | undefined;
}

/** Says to OpenSearch who asks. */
export interface SignIn {
  /** The headers to add to this request, now. Rejects with the reason when there are none to be had. */
  headers(request: Outgoing): Promise<Readonly<Record<string, string>>>;
  /** OpenSearch answered 401 or 403: what was kept of credentials may be out of date. */
  refused(): void;
  /** Who we say we are and what that rests on, for messages: never a secret. */
  who(): string;
}

/** For a cluster that asks for nobody's name, or knows us by our certificate. */
export const anonymous = (certificate: boolean): SignIn => ({
  headers: async () => ({}),
  refused() {},
  who: () => (certificate ? 'by our client certificate' : 'without signing in (opensearch.auth: none)'),
});

/** User and password in every request; the password may change from one to the next. */
export const basicSignIn = (username: string, password: Replaceable<string>, from: string): SignIn => ({
  async headers() {
    const token = Buffer.from(`${username}:${await password.current()}`).toString('base64');
    return { authorization: `Basic ${token}` };
  },
  refused() {},
  who() {
    const trouble = password.trouble();
    return `as ${username} with the password of ${from}${trouble ? `; ${trouble}` : ''}`;
  },
});
