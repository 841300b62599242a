import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { loadConfig, NODE_REGION_CONFIG_FILE_OPTIONS, NODE_REGION_CONFIG_OPTIONS } from '@smithy/core/config';
import type { Clock } from '../../core/clock.ts';
import { describe } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** Asks for credentials anew; rejects when there are none to be had now. */
export type AskForCredentials = () => Promise<AwsCredentials>;

/** Credentials that last as long as the run does. */
export interface FreshCredentials {
  /** Those to sign with now. Rejects only when there never were any. */
  current(): Promise<AwsCredentials>;
  /** A signature with them was refused: they are asked for again, however long they should have lasted. */
  refused(): void;
  /** Why they could not be renewed the last time, if so. */
  trouble(): string | undefined;
}

/** AWS's SDKs renew this early too: role credentials last an hour or more, and the next ones are there by now. */
const RENEW_BEFORE_MS = 5 * 60_000;
/** Longer than the SDK's own time-outs where it has any; its question to STS has none. */
const ANSWER_WITHIN_MS = 15_000;
/** Not more often than this, whether it failed or what came is about to expire again. */
const ASK_EVERY_MS = 10_000;

/**
 * Renews credentials before they expire, one question at a time and beside the requests, which wait only when nothing is
 * left to sign with. Whether credentials have expired is for AWS to say: with a clock that is wrong, the last ones that
 * came are still tried.
 */
export const keepFresh = (ask: AskForCredentials, clock: Clock, log: Log): FreshCredentials => {
  let held: AwsCredentials | undefined;
  let asking: Promise<void> | undefined;
  let askedMs = Number.NEGATIVE_INFINITY;
  let doubted = false;
  let trouble: string | undefined;
  const renew = async (): Promise<void> => {
    const over = new AbortController();
    try {
      const late = clock.sleep(ANSWER_WITHIN_MS, over.signal);
      const answer = await Promise.race([ask(), late]);
      if (!answer) throw new Error(`no answer within ${ANSWER_WITHIN_MS / 1000} s`);
      held = answer;
      if (trouble !== undefined) log.info({}, 'AWS credentials are there again');
      trouble = undefined;
    } catch (thrown) {
      const why = `AWS credentials cannot be had: ${describe(thrown)}`;
      if (why !== trouble) log.warn({ why }, held ? 'the last AWS credentials stay in use' : 'nothing can be signed');
      trouble = why;
    } finally {
      over.abort();
    }
  };
  const leftMs = () => (held?.expiration?.getTime() ?? Number.POSITIVE_INFINITY) - clock.wall().getTime();
  return {
    async current() {
      const must = held === undefined || doubted || leftMs() <= 0;
      if (!asking && (must || leftMs() < RENEW_BEFORE_MS) && clock.now() - askedMs >= ASK_EVERY_MS) {
        askedMs = clock.now();
        doubted = false;
        asking = renew().finally(() => {
          asking = undefined;
        });
      }
      if (must) await asking;
      if (held === undefined) throw new Error(trouble ?? 'AWS credentials are not there yet');
      return held;
    },
    refused() {
      doubted = true;
    },
    trouble: () => trouble,
  };
};

/**
 * The AWS SDK's own chain: environment, SSO, shared files, process, web identity (EKS), container (ECS, EKS Pod Identity)
 * and instance. What it remembers of earlier answers is passed over: we ask only when new ones are due.
 */
export const askSdk = (): AskForCredentials => {
  const chain = defaultProvider({ ignoreCache: true });
  return () => chain({ forceRefresh: true });
};

/** The region as the AWS SDK finds it: AWS_REGION, the profile, the instance. Rejects when nothing tells it. */
export const sdkRegion = (): (() => Promise<string>) =>
  loadConfig(NODE_REGION_CONFIG_OPTIONS, NODE_REGION_CONFIG_FILE_OPTIONS);
