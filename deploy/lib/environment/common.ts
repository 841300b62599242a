import { choice, oneOf, required, text, textOr, type Values } from './field.ts';

/** What CloudWatch Logs offers: its API reference, PutRetentionPolicy, up to two years. */
const LOG_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731];

/** Keys that no stack of its own owns. */
export const COMMON = {
  application: textOr(
    'shardline',
    'What all names begin with, before the suffix',
    '1 to 15 of a-z, 0-9 and single -, beginning with a letter, not ending with -',
    // An OpenSearch domain's name has 28 characters at most: 15, the dash and a suffix of 12.
    /^(?=.{1,15}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
  ),
  suffix: text(
    'What all names of this environment carry; its own name when left out',
    '1 to 12 of a-z, 0-9 and single -, not beginning or ending with -',
    /^(?=.{1,12}$)[a-z0-9]+(-[a-z0-9]+)*$/,
  ),
  account: text(
    'The only account it may be deployed to; that of the credentials when left out',
    'the 12 digits of an AWS account',
    /^\d{12}$/,
  ),
  region: required('The region it is deployed to', 'a region such as eu-central-1', /^[a-z]{2}(-[a-z]+)+-\d$/),
  data: choice('What becomes of what holds data when its stack is deleted', ['retain', 'destroy']),
  log_days: oneOf(30, LOG_DAYS, 'How many days logs are kept'),
  cost_center: textOr(
    'shardline',
    'The tag `cost-center` of everything',
    '1 to 128 letters, digits, spaces and . : / = + - @ _',
    /^[\p{L}\p{N} .:/=+\-@_]{1,128}$/u,
  ),
};

export type Common = Values<typeof COMMON>;
