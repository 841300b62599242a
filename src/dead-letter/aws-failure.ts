import { describe } from '../core/errors.ts';
import { isObject } from '../core/is-object.ts';

/** What an AWS client threw, with the error's name, which says more than its message. */
export const awsFailure = (thrown: unknown): string => {
  const name = thrown instanceof Error ? thrown.name : '';
  const text = describe(thrown);
  return name === '' || name === 'Error' || text.startsWith(name) ? text : `${name}: ${text}`;
};

/** The HTTP status of the answer that an AWS client threw; undefined where there was none. */
export const statusOf = (thrown: unknown): number | undefined => {
  const metadata = isObject(thrown) ? thrown.$metadata : undefined;
  const status = isObject(metadata) ? metadata.httpStatusCode : undefined;
  return typeof status === 'number' ? status : undefined;
};
