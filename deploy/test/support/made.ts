import type { Label } from './environments.ts';
import { type Resource, type Template, templateOf } from './templates.ts';

const REGION = 'eu-central-1';
/** moto's own account. */
const ACCOUNT = '123456789012';

/** Credentials that moto gives or takes. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** moto judges nobody until it is told to. */
const ANYBODY: Credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' };

export const clientOf = (endpoint: string, credentials: Credentials = ANYBODY) => ({
  endpoint,
  region: REGION,
  credentials,
  forcePathStyle: true,
});

/** A request of AWS's query protocol, which the SDKs that are here do not speak. */
const query = async (url: string, service: string, parameters: Readonly<Record<string, string>>): Promise<string> => {
  const scope = `${ANYBODY.accessKeyId}/20260101/${REGION}/${service}/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none`;
  const answer = await fetch(url, {
    method: 'POST',
    headers: { authorization },
    body: new URLSearchParams(parameters),
  });
  const text = await answer.text();
  if (answer.ok) return text;
  throw new Error(`${service} ${parameters.Action}: ${answer.status} ${text}`);
};

const between = (xml: string, tag: string): readonly string[] =>
  [...xml.matchAll(new RegExp(`<${tag}>([^<]*)</${tag}>`, 'g'))].map(([, text = '']) => text);

/** Without what the CDK alone looks at, and tags, over which moto stumbles. */
const forMoto = ({ Parameters: _, Rules: __, ...template }: Template): Template => ({
  ...template,
  Resources: Object.fromEntries(
    Object.entries(template.Resources).map(([id, { Properties, ...resource }]) => {
      const { Tags: ___, ...properties } = Properties ?? {};
      return [id, { ...resource, Properties: properties }];
    }),
  ),
});

type Texts = ReadonlyMap<string, string>;

/** A stack that moto made of a synthesized template. */
export interface MadeStack {
  readonly resources: Readonly<Record<string, Resource>>;
  /** The name that a resource got. */
  physical(id: string): string;
  /** A value of the template with all that it refers to filled in. */
  resolved(value: unknown): unknown;
}

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::AccountId': ACCOUNT,
  'AWS::Region': REGION,
  'AWS::URLSuffix': 'amazonaws.com',
};

/** Of what policies name by it. */
const arnOf = (type: string | undefined, name: string): string => {
  const at = (service: string, what: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${what}`;
  switch (type) {
    case 'AWS::S3::Bucket':
      return `arn:aws:s3:::${name}`;
    case 'AWS::KMS::Key':
      return at('kms', `key/${name}`);
    case 'AWS::Logs::LogGroup':
      return at('logs', `log-group:${name}:*`);
    case 'AWS::Lambda::Function':
      return at('lambda', `function:${name}`);
    default:
      throw new Error(`no ARN is known of ${type} ${name}`);
  }
};

const resolver = ({ Resources }: Template, names: Texts, exported: Texts) => {
  const nameOf = (id: string): string => PSEUDO[id] ?? names.get(id) ?? `(${id})`;
  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== 'object' || value === null) return value;
    const [[name, inside] = ['', undefined], ...more] = Object.entries(value);
    if (more.length === 0 && name === 'Ref') return nameOf(String(inside));
    if (more.length === 0 && name === 'Fn::ImportValue') return exported.get(String(inside)) ?? `(${inside})`;
    if (more.length === 0 && name === 'Fn::Join' && Array.isArray(inside))
      return (resolve(inside[1]) as readonly unknown[]).join(String(inside[0]));
    if (more.length === 0 && name === 'Fn::GetAtt' && Array.isArray(inside)) {
      const id = String(inside[0]);
      return arnOf(Resources[id]?.Type, nameOf(id));
    }
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, resolve(each)]));
  };
  return { nameOf, resolve };
};

/** moto's CloudFormation keeps the policies of roles in a form that moto's IAM cannot read. */
const putPolicies = async (
  url: string,
  { Resources }: Template,
  nameOf: (id: string) => string,
  resolve: (value: unknown) => unknown,
): Promise<void> => {
  for (const [id, { Type, Properties }] of Object.entries(Resources)) {
    if (Type !== 'AWS::IAM::Role' || !Array.isArray(Properties?.Policies)) continue;
    for (const { PolicyName, PolicyDocument } of Properties.Policies) {
      const policy = { PolicyName: String(PolicyName), PolicyDocument: JSON.stringify(resolve(PolicyDocument)) };
      await query(url, 'iam', { Action: 'PutRolePolicy', RoleName: nameOf(id), ...policy });
    }
  }
};

/** Has moto's CloudFormation make a stack of its template, as far as moto knows the types of its resources. */
export const makeStack = async (url: string, label: Label, stack: string): Promise<MadeStack> => {
  const template = forMoto(templateOf(label, stack));
  const StackName = `${label}-${stack}`;
  const body = { TemplateBody: JSON.stringify(template), 'Capabilities.member.1': 'CAPABILITY_NAMED_IAM' };
  await query(url, 'cloudformation', { Action: 'CreateStack', StackName, ...body });
  const made = await query(url, 'cloudformation', { Action: 'DescribeStackResources', StackName });
  const physical = between(made, 'PhysicalResourceId');
  const names = new Map(between(made, 'LogicalResourceId').map((id, i) => [id, physical[i] ?? '']));
  const exports = await query(url, 'cloudformation', { Action: 'ListExports' });
  const values = between(exports, 'Value');
  const exported = new Map(between(exports, 'Name').map((name, i) => [name, values[i] ?? '']));
  const { nameOf, resolve } = resolver(template, names, exported);
  await putPolicies(url, template, nameOf, resolve);
  return { resources: template.Resources, physical: nameOf, resolved: resolve };
};

/** The credentials of a role that a stack made. */
export const assume = async (url: string, role: string): Promise<Credentials> => {
  const asked = { RoleArn: `arn:aws:iam::${ACCOUNT}:role/${role}`, RoleSessionName: 'test' };
  const answer = await query(url, 'sts', { Action: 'AssumeRole', ...asked });
  const [accessKeyId = '', secretAccessKey = '', sessionToken = ''] = [
    'AccessKeyId',
    'SecretAccessKey',
    'SessionToken',
  ].map((tag) => between(answer, tag)[0]);
  return { accessKeyId, secretAccessKey, sessionToken };
};

/** From now on moto judges each request by the policies of IAM, as far as it does. */
export const enforce = async (url: string): Promise<void> => {
  const answer = await fetch(`${url}/moto-api/reset-auth`, { method: 'POST', body: '0' });
  if (!answer.ok) throw new Error(`moto does not judge: ${answer.status}`);
};
