import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { copyDependencies, downloadedBytes, pom } from '../../../src/local/maven.ts';

test('the project file names each artifact with its version', () => {
  expect(pom(['org.opensearch:opensearch:3.8.0', 'a.b:c:1'])).toContain(
    '<dependency><groupId>a.b</groupId><artifactId>c</artifactId><version>1</version></dependency>',
  );
  expect(pom(['org.opensearch:opensearch:3.8.0'])).toContain('<version>3.8.0</version>');
  expect(pom(['a.b:c:1:zip'])).toContain('<version>1</version><type>zip</type></dependency>');
});

test.for([
  ['[INFO] Downloaded from central: https://host/org/x/x-1.jar (1.5 MB at 3.2 MB/s)', 1_500_000],
  ['Downloaded from mirror: https://host/org/x/x-1.jar (812 kB at 3.2 MB/s)', 812_000],
  ['[INFO] Downloaded from central: https://host/org/x/x-1.jar (64 B at 1 kB/s)', 64],
  ['[INFO] Downloaded from central: https://host/org/x/x-1.pom (2.1 kB at 30 kB/s)', 0],
  ['[INFO] Downloading from central: https://host/org/x/x-1.jar', 0],
  ['[INFO] BUILD SUCCESS', 0],
] as const)('Maven’s line %j tells of %d bytes of jars', ([line, bytes]) => {
  expect(downloadedBytes(line)).toBe(bytes);
});

test('without Maven one line names it, what it is for and how to get it', async () => {
  const work = mkdtempSync(join(tmpdir(), 'shardline-maven-'));
  const machine = { env: { PATH: work }, cache: work, clock: systemClock, say: () => undefined };
  const jdk = { home: work, major: 21, version: '21' };
  const part = { label: 'OpenSearch 3.8.0', artifacts: [] };
  const failure = copyDependencies(machine, jdk, part, work, join(work, 'lib'));
  await expect(failure).rejects.toMatchObject({ code: 'SHARDLINE_LOCAL_TOOL_MISSING' });
  await expect(failure).rejects.toThrow(
    /^Maven \(mvn\) is needed once, to download OpenSearch 3\.8\.0: install it .*[^\n]$/,
  );
  rmSync(work, { recursive: true });
});
