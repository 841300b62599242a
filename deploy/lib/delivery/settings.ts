import { text } from '../environment/field.ts';

export const DELIVERY = {
  github: text(
    'The repository on GitHub whose workflows may deploy this environment; left out: none',
    'OWNER/NAME',
    /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})\/[A-Za-z0-9._-]{1,100}$/,
  ),
  provider_arn: text(
    "The account's provider of GitHub's identities where it has one already; left out: one is made",
    'the ARN of an OIDC provider for token.actions.githubusercontent.com',
    /^arn:aws[a-z-]*:iam::\d{12}:oidc-provider\/token\.actions\.githubusercontent\.com$/,
  ),
};
