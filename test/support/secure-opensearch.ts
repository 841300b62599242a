import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { basename, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { installPart, type JavaPart, javaSource } from '../../src/local/java-part.ts';
import { findJdk, type Jdk } from '../../src/local/jdk.ts';
import { runFolder } from '../../src/local/run-folder.ts';
import { startJavaServer } from '../../src/local/server.ts';
import { type Authority, certificateAuthority } from './certificates.ts';
import { testMachine } from './machine.ts';
import { until } from './until.ts';

/** The newest version whose security plugin is on Maven Central. */
const VERSION = '3.4.0';
const PLUGIN = 'org.opensearch.security.OpenSearchSecurityPlugin';
const ADMIN = `Basic ${Buffer.from('admin:admin').toString('base64')}`;

const SECURE: JavaPart = {
  name: 'opensearch-secure',
  label: `OpenSearch ${VERSION} with its security plugin`,
  downloadHint: '100 MB',
  artifacts: [
    `org.opensearch:opensearch:${VERSION}`,
    `org.opensearch.plugin:transport-netty4-client:${VERSION}`,
    `org.opensearch.plugin:reindex-client:${VERSION}`,
    `org.opensearch.plugin:analysis-common:${VERSION}`,
    `org.opensearch.plugin:ingest-common:${VERSION}`,
    `org.opensearch.plugin:lang-painless:${VERSION}`,
    `org.opensearch.plugin:opensearch-scripting-painless-spi:${VERSION}`,
    `org.opensearch.plugin:mapper-extras-client:${VERSION}`,
    'org.apache.logging.log4j:log4j-core:2.21.0',
    // The plugin uses it, and its archive does not hold it.
    'org.apache.commons:commons-collections4:4.4',
    `org.opensearch.plugin:opensearch-security:${VERSION}.0:zip`,
  ],
  sources: ['LocalOpenSearch', 'Tether'],
};

/** An OpenSearch with TLS and users, which takes a password or a client certificate. */
export interface SecureOpenSearch {
  readonly url: string;
  readonly authority: Authority;
  /** Asks as its administrator; rejects unless the answer is 2xx. */
  admin(method: string, path: string, body?: object): Promise<unknown>;
  /** Gives a user, new or not, this password and these roles. */
  user(name: string, password: string, roles: string | readonly string[]): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const jarName = (file: string): string => basename(file).replace(/-[0-9][0-9a-zA-Z._-]*\.jar$/, '');

/** The plugin's archive, unpacked beside the server's jars, without jars that the server has in another version. */
const unpackPlugin = (jdk: Jdk, lib: string): string => {
  const folder = join(dirname(lib), 'security');
  if (existsSync(folder)) return folder;
  const work = `${folder}.${process.pid}`;
  mkdirSync(work, { recursive: true });
  const archive = join(lib, `opensearch-security-${VERSION}.0.zip`);
  execFileSync(join(jdk.home, 'bin', 'jar'), ['xf', archive], { cwd: work });
  const have = new Set(readdirSync(lib).map(jarName));
  for (const file of readdirSync(work)) if (file.endsWith('.jar') && have.has(jarName(file))) rmSync(join(work, file));
  if (existsSync(folder)) rmSync(work, { recursive: true });
  else renameSync(work, folder);
  return folder;
};

/** The plugin's own configuration, but with client certificates: the certificate's CN is the user. */
const configure = (plugin: string, folder: string): void => {
  const to = join(folder, 'config', 'opensearch-security');
  cpSync(join(plugin, 'config'), to, { recursive: true });
  const file = join(to, 'config.yml');
  const config = readFileSync(file, 'utf8');
  const enabled = config.replace(/(clientcert_auth_domain:\n.*\n\s+http_enabled: )false/, '$1true');
  if (enabled === config) throw new Error(`${file} has no clientcert_auth_domain to enable`);
  writeFileSync(file, enabled);
};

const settings = (): string[] => {
  const ssl = 'plugins.security.ssl';
  const part = (name: string) => [
    `${ssl}.${name}.pemcert_filepath=tls/node.pem`,
    `${ssl}.${name}.pemkey_filepath=tls/node.key`,
    `${ssl}.${name}.pemtrustedcas_filepath=tls/ca.pem`,
  ];
  return [
    ...part('transport'),
    ...part('http'),
    `${ssl}.transport.enforce_hostname_verification=false`,
    `${ssl}.http.enabled=true`,
    `${ssl}.http.clientauth_mode=OPTIONAL`,
    'plugins.security.allow_default_init_securityindex=true',
    'plugins.security.audit.type=noop',
    'plugins.security.nodes_dn=CN=node',
    'plugins.security.restapi.roles_enabled=all_access',
  ];
};

const jvmArgs = (folder: string): string[] => [
  '-Xms512m',
  '-Xmx512m',
  '-XX:+UseSerialGC',
  '--enable-native-access=ALL-UNNAMED',
  '--add-modules=jdk.incubator.vector',
  `-Djava.io.tmpdir=${join(folder, 'tmp')}`,
  `-Dlog4j2.configurationFile=${javaSource('log4j2.properties')}`,
];

/** The server's process, its folder and its address. */
const launch = async () => {
  const machine = testMachine();
  const jdk = findJdk(machine.env);
  const lib = await installPart(machine, jdk, SECURE);
  const plugin = unpackPlugin(jdk, lib);
  const folder = runFolder(machine, 'opensearch-secure');
  mkdirSync(join(folder, 'tmp'));
  configure(plugin, folder);
  const authority = certificateAuthority(join(folder, 'config', 'tls'), 'test-authority');
  authority.issue('node');
  const { child, port } = await startJavaServer(machine, {
    label: SECURE.label,
    jdk,
    lib: `${lib}/*:${plugin}`,
    jvmArgs: jvmArgs(folder),
    mainClass: 'LocalOpenSearch',
    args: [folder, '0', `+${PLUGIN}`, ...settings()],
    folder,
    startWithinMs: 120_000,
  });
  return { child, folder, authority, url: `https://127.0.0.1:${port}` };
};

/** Starts it; dispose of it at the end (`await using`). */
export const secureOpenSearch = async (): Promise<SecureOpenSearch> => {
  const { child, folder, authority, url } = await launch();
  const ca = readFileSync(authority.cert);
  const admin: SecureOpenSearch['admin'] = async (method, path, body) => {
    const headers = { authorization: ADMIN, 'content-type': 'application/json' };
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const asking = request(`${url}${path}`, { method, headers, ca }, async (answer) => {
      const said = await text(answer);
      const status = answer.statusCode ?? 0;
      if (status < 200 || status > 299) return reject(new Error(`${method} ${path}: ${status} ${said}`));
      resolve(JSON.parse(said));
    });
    asking.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
    return promise;
  };
  await until(() => admin('GET', '/_cluster/health?wait_for_status=yellow&timeout=2s'), 120_000, 200);
  return {
    url,
    authority,
    admin,
    async user(name, password, roles) {
      const body = { password, opendistro_security_roles: [roles].flat() };
      await admin('PUT', `/_plugins/_security/api/internalusers/${name}`, body);
    },
    async [Symbol.asyncDispose]() {
      await child.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
