import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { env } from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CreateStreamCommand } from '@aws-sdk/client-kinesis';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { startKinesis } from '../../src/local/kinesis/server.ts';
import { ciStage } from '../support/ci-stage.ts';
import { commandsOf, deploymentsOf, WAYS } from '../support/deploy-page.ts';
import { localClient } from '../support/kinesis.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(root, 'docs/deploy.md'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'shardline-page-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A folder that looks like a checkout in which the commands before have been run. */
const checkout = (way: string): string => {
  const at = join(folder, way.replaceAll(' ', '-'));
  mkdirSync(join(at, 'deploy'), { recursive: true });
  for (const name of ['helm', 'node_modules']) symlinkSync(join(root, name), join(at, name));
  const values = {
    aws: { region: 'eu-central-1' },
    env: Object.entries({
      SHARDLINE_APPLICATION: 'shardline-dev',
      SHARDLINE_STREAM: 'shardline-dev',
      SHARDLINE_DEAD_LETTER_TO: 's3://shardline-dev-letters-123456789012/service',
      SHARDLINE_OPENSEARCH_NODE: 'https://vpc-music-abc123.eu-central-1.es.amazonaws.com',
    }).map(([name, value]) => ({ name, value })),
    fullnameOverride: 'shardline-dev',
  };
  const outputs = { 'shardline-dev-service': { HelmValues: JSON.stringify(values) } };
  writeFileSync(join(at, 'deploy/outputs.json'), JSON.stringify(outputs));
  return at;
};

/** Without a cluster helm can say what it would send there. */
const HELM =
  // biome-ignore lint/suspicious/noTemplateCurlyInString: bash
  'helm() { [ "$1 $2" = "upgrade --install" ] && command helm template --kube-version 1.34.0 "${@:3}"; }';

describe('docs/deploy.md', () => {
  it.each(WAYS)('takes at most ten commands: %s', (way) => {
    const commands = commandsOf(way);
    expect(commands.length).toBeGreaterThan(5);
    // What is chained counts one by one; only stepping into the clone is none.
    const single = commands.flatMap(({ command }) => command.split(' && ')).filter((each) => !each.startsWith('cd '));
    expect(single.length, single.join('\n')).toBeLessThanOrEqual(10);
  });

  it('says of what it does not run here what that needs', () => {
    for (const { command, needs } of WAYS.flatMap(commandsOf)) {
      const outside =
        /^(git clone|aws |docker |curl |until aws |export NODE=|npm install|npm run cdk -- (deploy|bootstrap)|bash deploy)/;
      // The app runs also where only the bootstrap is asked for.
      if (command.includes(' cdk ')) expect(command).toContain(' -c env=');
      const online = / shardline (doctor|run)/.test(command);
      expect(needs !== undefined, command).toBe(outside.test(command) || online);
      if (needs !== undefined) expect(needs, command).toMatch(/^(AWS|Docker|the network)$/);
    }
  });

  it.each(WAYS)('has commands that run: %s', async (way) => {
    const kinesis = await startKinesis({});
    const client = localClient(kinesis.url);
    try {
      for (const StreamName of ['shardline-dev', 'music-events'])
        await client.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
      const lines = commandsOf(way).flatMap(({ command, needs }) => (needs === undefined ? [command] : []));
      expect(lines.length).toBeGreaterThan(1);
      const { stdout } = await promisify(execFile)(
        'bash',
        ['--norc', '-euo', 'pipefail', '-c', [HELM, ...lines].join('\n')],
        {
          cwd: checkout(way),
          env: {
            PATH: [dirname(inject('tools').helm), env.PATH].join(':'),
            HOME: folder,
            AWS_ACCESS_KEY_ID: 'local',
            AWS_SECRET_ACCESS_KEY: 'local',
            AWS_ENDPOINT_URL_KINESIS: kinesis.url,
          },
        },
      );
      if (lines.some((line) => line.includes(' produce '))) expect(stdout).toMatch(/^1 events .* put on /m);
      if (way === 'EKS') {
        expect(stdout).toContain('kind: Deployment');
        expect(stdout).toContain('image: "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shardline:');
      }
      if (way === 'By npm') expect(stdout).toContain('music-events');
    } finally {
      client.destroy();
      await kinesis.close();
    }
  });

  it('tells the way to its own deployment stacks, and links what is there', () => {
    expect(deploymentsOf('EKS')).toMatchObject([{ stacks: ['stream', 'service'], context: { env: 'dev' } }]);
    for (const [, path = ''] of page.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g))
      expect(existsSync(join(root, 'docs', path)), path).toBe(true);
  });
});

describe('task.sh', () => {
  const stage = ciStage();
  afterAll(stage.close);
  const ARN = 'arn:aws:ecs:eu-central-1:123456789012:task';
  const WORKER = 'arn:aws:iam::123456789012:role/shardline-dev-worker';
  const aws = (code: string, definition = `${ARN}-definition/shardline-dev:7`) => `case "$*" in
    *"services[0].taskDefinition"*) echo ${definition} ;;
    *networkConfiguration*--output*) echo '{"awsvpcConfiguration":{"subnets":["subnet-1"]}}' ;;
    *describe-task-definition*) echo ${WORKER} ;;
    *run-task*) echo ${ARN}/shardline-dev/abc123 ;;
    *get-log-events*) echo 'what it said' ;;
    *exitCode*) echo ${code} ;;
    *stoppedReason*) echo 'CannotPullContainerError' ;;
  esac`;
  const run = (args: readonly string[], says: string) =>
    stage.run('../../deploy/bin/task.sh', { args, commands: { aws: says } });

  it('runs a command beside the workers, as the domain’s owner where asked, and ends as it does', async () => {
    const args = ['--owner', 'shardline-dev', 'doctor', '--apply', '--worker', 'WORKER'];
    for (const code of [0, 1]) {
      const ran = await run(args, aws(String(code)));
      expect(ran.code).toBe(code);
      const started = ran.calls.find((call) => call.startsWith('aws ecs run-task')) ?? '';
      expect(started).toContain('--network-configuration {"awsvpcConfiguration":{"subnets":["subnet-1"]}}');
      expect(started).toContain(
        '"taskRoleArn":"arn:aws:iam::123456789012:role/shardline-dev-search-owner-eu-central-1"',
      );
      expect(started).toContain(`"command":["doctor","--apply","--worker","${WORKER}"]`);
      expect(ran.calls.find((call) => call.includes('get-log-events'))).toContain(
        '--log-group-name /shardline/shardline-dev/workers --log-stream-name worker/worker/abc123',
      );
    }
    const plain = await run(['shardline-dev', 'doctor'], aws('0'));
    expect(plain.calls.join('\n')).not.toContain('taskRoleArn":');
  });

  it('says what is missing, and why a task did not run', async () => {
    expect(await run(['shardline-dev'], aws('0'))).toMatchObject({ code: 2, calls: [] });
    expect(await run(['Dev; x', 'doctor'], aws('0'))).toMatchObject({ code: 2, calls: [] });
    const nowhere = await run(['shardline-dev', 'doctor'], aws('0', 'None'));
    expect(nowhere).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no service shardline-dev') });
    const unpulled = await run(['shardline-dev', 'doctor'], aws('None'));
    expect(unpulled).toMatchObject({ code: 1, stderr: expect.stringContaining('CannotPullContainerError') });
  });
});
