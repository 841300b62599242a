import type { Config } from '../../config/tree.ts';
import type { Clock } from '../../core/clock.ts';
import type { Transform } from '../../core/message.ts';
import { awsFailure, statusOf } from '../../dead-letter/aws-failure.ts';
import { type CheckName, type Finding, unseen, waits } from '../../doctor/finding.ts';
import type { OpenSearchClient } from '../../sink/opensearch/client.ts';
import type { Tls } from '../../sink/opensearch/connection.ts';
import type { Replaceable } from '../../sink/opensearch/reread.ts';
import { type Told, whyNot } from '../../sink/opensearch/tell.ts';

/** What the checks of OpenSearch are made of. */
export interface OpenSearchParts {
  readonly config: Config;
  readonly transform: Transform;
  readonly client: OpenSearchClient;
  /** The configured certificates. */
  readonly tls: Replaceable<Tls> | undefined;
  readonly clock: Clock;
}

/** Why a check is without its answer. */
export const untold = (name: CheckName, told: Exclude<Told, { body: unknown }>): Finding => {
  if ('silent' in told) return waits(name, 'opensearch', 'OpenSearch did not answer');
  if ('refused' in told && told.status === 401) return waits(name, 'opensearch', 'OpenSearch does not know us');
  return unseen(name, whyNot(told));
};

/** What an AWS client threw; of an answer that is none of AWS's the HTTP status is all there is. */
export const whyThrown = (thrown: unknown): string => {
  const why = awsFailure(thrown);
  return why === 'UnknownError' ? `UnknownError: HTTP ${statusOf(thrown)}` : why;
};
