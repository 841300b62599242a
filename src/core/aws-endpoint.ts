/** The service that a signature is for: a domain of OpenSearch Service, or a collection of OpenSearch Serverless. */
export type AwsService = 'es' | 'aoss';

/** What the name of an endpoint tells. */
export interface AwsEndpoint {
  readonly service: AwsService;
  readonly region: string;
}

const REGION = /^[a-z]{2}(?:-[a-z]+)+-\d$/;

const SERVICES: Readonly<Record<string, AwsService>> = { es: 'es', aos: 'es', aoss: 'aoss' };

/**
 * Reads AWS's own host names: `NAME.REGION.es.amazonaws.com`, `NAME.aos.REGION.on.aws` (domains),
 * `ID.REGION.aoss.amazonaws.com` and `ID.aoss.REGION.on.aws` (collections), also in China and for FIPS. Undefined for
 * any other name, such as a domain's custom endpoint.
 * Sources: OpenSearch Service Developer Guide, "Creating and managing domains", "Collection endpoints".
 */
export const awsEndpoint = (host: string): AwsEndpoint | undefined => {
  const labels = /^(.+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws)$/.exec(host)?.[1]?.split('.');
  const [service] = labels?.flatMap((label) => SERVICES[label.replace(/-fips$/, '')] ?? []) ?? [];
  const region = labels?.find((label) => REGION.test(label));
  return service && region ? { service, region } : undefined;
};
