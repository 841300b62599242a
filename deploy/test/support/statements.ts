import type { Resource, SynthesizedTemplate } from './templates.ts';

/** One statement of any policy: of a role, a key, a queue, a bucket, an endpoint. */
export interface Statement {
  readonly effect: string;
  readonly sid: string | undefined;
  readonly principals: readonly string[];
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** JSON; undefined without conditions. */
  readonly condition: string | undefined;
}

export interface Policy {
  /** Where in the resource's properties it stands (`AssumeRolePolicyDocument`, `Policies.0.PolicyDocument`). */
  readonly at: string;
  readonly statements: readonly Statement[];
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const asList = (value: unknown): unknown[] => (value === undefined ? [] : Array.isArray(value) ? value : [value]);

/** A value of a template as people read it: `${Key.Arn}/*` for joins, attributes and references. */
const readable = (value: unknown): string => {
  if (!isMapping(value)) return String(value);
  const [name = '', inside] = Object.entries(value)[0] ?? [];
  if (name === 'Ref') return `\${${inside}}`;
  if (name === 'Fn::GetAtt') return `\${${asList(inside).join('.')}}`;
  if (name === 'Fn::ImportValue') return `\${${readable(inside)}}`;
  if (name === 'Fn::Sub' && typeof inside === 'string') return inside;
  if (name === 'Fn::Join' && Array.isArray(inside)) return asList(inside[1]).map(readable).join(String(inside[0]));
  return JSON.stringify(value);
};

/** Operators over keys over values, each value as people read it. */
const conditionOf = (condition: unknown): unknown =>
  Object.fromEntries(
    Object.entries(isMapping(condition) ? condition : {}).map(([operator, keys]) => [
      operator,
      Object.fromEntries(
        Object.entries(isMapping(keys) ? keys : {}).map(([key, value]) => [
          key,
          Array.isArray(value) ? value.map(readable) : readable(value),
        ]),
      ),
    ]),
  );

const principalsOf = (principal: unknown): string[] =>
  isMapping(principal)
    ? Object.entries(principal).flatMap(([kind, who]) => asList(who).map((each) => `${kind} ${readable(each)}`))
    : asList(principal).map(String);

const negated = (name: string, value: unknown): string[] => asList(value).map((each) => `${name} ${readable(each)} *`);

const statementOf = (raw: Record<string, unknown>): Statement => ({
  effect: String(raw.Effect),
  sid: typeof raw.Sid === 'string' ? raw.Sid : undefined,
  principals: [...principalsOf(raw.Principal), ...(raw.NotPrincipal ? ['* but some'] : [])],
  actions: [...asList(raw.Action).map(readable), ...negated('all but', raw.NotAction)],
  resources: [...asList(raw.Resource).map(readable), ...negated('all but', raw.NotResource)],
  condition: raw.Condition === undefined ? undefined : JSON.stringify(conditionOf(raw.Condition)),
});

/** Policies of AWS's own, which hold more than anybody here listed: each counts as a wildcard. */
const managedOf = (Properties: Resource['Properties']): Policy[] => {
  const actions = asList(Properties?.ManagedPolicyArns).map((arn) => `${readable(arn)}`);
  const statement = { effect: 'Allow', sid: undefined, principals: [], actions, resources: [], condition: undefined };
  return actions.length > 0 ? [{ at: 'ManagedPolicyArns', statements: [statement] }] : [];
};

/** A data access policy of OpenSearch Serverless, which is written otherwise: who, and for each kind of thing what. */
const dataAccessOf = ({ Type, Properties }: Resource): Policy[] => {
  if (Type !== 'AWS::OpenSearchServerless::AccessPolicy') return [];
  const rules: unknown = JSON.parse(readable(Properties?.Policy));
  const statements = asList(rules)
    .filter(isMapping)
    .flatMap(({ Principal, Rules }) =>
      asList(Rules)
        .filter(isMapping)
        .map(({ Permission, Resource }) => ({
          effect: 'Allow',
          sid: undefined,
          principals: asList(Principal).map(String),
          actions: asList(Permission).map(String),
          resources: asList(Resource).map(String),
          condition: undefined,
        })),
    );
  return [{ at: 'Policy', statements }];
};

/** Every policy document anywhere in a resource's properties. */
const policiesOf = (resource: Resource): readonly Policy[] => {
  const { Properties } = resource;
  const walk = (value: unknown, at: readonly string[]): Policy[] => {
    if (Array.isArray(value)) return value.flatMap((each, index) => walk(each, [...at, String(index)]));
    if (!isMapping(value)) return [];
    if (Array.isArray(value.Statement))
      return [{ at: at.join('.'), statements: value.Statement.filter(isMapping).map(statementOf) }];
    return Object.entries(value).flatMap(([key, inner]) => walk(inner, [...at, key]));
  };
  return [...walk(Properties, []), ...managedOf(Properties), ...dataAccessOf(resource)];
};

/** What of a statement allows more than it lists. Taking away may be as wide as it likes. */
export const wildcardsOf = ({ effect, principals, actions, resources }: Statement): string[] =>
  effect === 'Deny'
    ? []
    : [...actions, ...resources, ...principals.map((who) => who.replace(/^AWS \*$/, '*'))].filter((text) =>
        /[*?]|:policy\//.test(text.replace(/\$\{[^}]*\}/g, '')),
      );

/** Every resource of a template that has policies, with all of them. */
export const everyPolicy = ({ resources }: SynthesizedTemplate) =>
  Object.entries(resources).flatMap(([id, resource]) => {
    const policies = policiesOf(resource);
    return policies.length === 0 ? [] : [{ id, resource, policies }];
  });
