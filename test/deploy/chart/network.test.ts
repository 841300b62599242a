import { describe, expect, it } from 'vitest';
import { render } from '../../support/chart/helm.ts';
import { PLAIN, valuesOf } from '../../support/chart/values.ts';

const policy = async (values: object) => (await render(values)).the('NetworkPolicy');
const withNode = (node: string) => ({ ...PLAIN, config: { ...PLAIN.config, opensearch: { node, auth: 'none' } } });
const ports = (...all: readonly number[]) => all.map((port) => ({ port, protocol: 'TCP' }));

describe('the NetworkPolicy', () => {
  it('lets the page be seen in the cluster, and the worker reach DNS, AWS, OpenSearch and its credentials', async () => {
    expect(await policy(PLAIN)).toMatchObject({
      spec: {
        policyTypes: ['Ingress', 'Egress'],
        podSelector: { matchLabels: { 'app.kubernetes.io/instance': 'music' } },
        ingress: [{ ports: ports(8080), from: [{ namespaceSelector: {} }] }],
        egress: [
          { ports: [{ port: 53, protocol: 'UDP' }, ...ports(53)] },
          {
            ports: ports(443),
            to: [
              { ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.169.254/32'] } },
              { ipBlock: { cidr: '::/0', except: ['fd00:ec2::254/128'] } },
              { namespaceSelector: {} },
            ],
          },
          {
            ports: ports(80),
            to: [{ ipBlock: { cidr: '169.254.170.23/32' } }, { ipBlock: { cidr: 'fd00:ec2::23/128' } }],
          },
        ],
      },
    });
  });

  it.each([
    ['https://opensearch.search:9200', [443, 9200]],
    ['https://opensearch.search:9200/path', [443, 9200]],
    ['http://opensearch.search', [443, 80]],
    ['https://[fd00::9]:9243/', [443, 9243]],
    ['https://[fd00::9]', [443]],
  ])('lets the worker reach %s', async (node, expected) => {
    expect(await policy(withNode(node))).toMatchObject({ spec: { egress: [{}, { ports: ports(...expected) }, {}] } });
  });

  it('lets the worker reach the OpenSearch that a variable names', async () => {
    const env = [{ name: 'SHARDLINE_OPENSEARCH_NODE', value: 'https://opensearch.search:9201' }];
    expect(await policy({ ...PLAIN, env })).toMatchObject({ spec: { egress: [{}, { ports: ports(443, 9201) }, {}] } });
  });

  it('is as narrow as it is told to be', async () => {
    expect(await policy(valuesOf('everything on'))).toMatchObject({
      spec: {
        ingress: [
          {
            ports: ports(9000),
            from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
          },
        ],
        egress: [
          {},
          { to: [{ ipBlock: { cidr: '10.0.0.0/16' } }, { ipBlock: { cidr: 'fd00::/8' } }] },
          {},
          { ports: [{ port: 4317 }] },
        ],
      },
    });
  });
});
