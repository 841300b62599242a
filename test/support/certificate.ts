import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { env } from 'node:process';
import { findJdk } from '../../src/local/jdk.ts';
import { PASSPHRASE } from './fault-proxy.ts';

/** A self-signed certificate for 127.0.0.1. */
export interface Certificate {
  /** With its key, PKCS #12. */
  readonly pfx: Buffer;
  /** PEM file of the certificate alone, for those who shall trust it. */
  readonly file: string;
}

/** Makes one with the JDK that the tests need anyhow. */
export const makeCertificate = (folder: string, name: string): Certificate => {
  const keytool = join(findJdk(env).home, 'bin', 'keytool');
  const store = join(folder, `${name}.p12`);
  const file = join(folder, `${name}.pem`);
  const common = ['-keystore', store, '-storetype', 'PKCS12', '-storepass', PASSPHRASE, '-alias', name];
  const made = ['-keyalg', 'EC', '-dname', `CN=${name}`, '-ext', 'SAN=ip:127.0.0.1', '-validity', '2'];
  execFileSync(keytool, ['-genkeypair', ...common, ...made], { stdio: 'pipe' });
  execFileSync(keytool, ['-exportcert', '-rfc', '-file', file, ...common], { stdio: 'pipe' });
  return { pfx: readFileSync(store), file };
};
