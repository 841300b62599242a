import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Paths of a certificate and its key, both PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority of a test's own, made with openssl. */
export interface Authority extends Certificate {
  /** A certificate for `name`, good as a server on the loopback address and as a client. */
  issue(name: string): Certificate;
}

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const USES = 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n';

const openssl = (folder: string, args: readonly string[]): void => {
  try {
    execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')
      throw new Error('the tests of TLS need openssl: install it (Debian, Ubuntu: apt install openssl)', { cause });
    throw cause;
  }
};

export const certificateAuthority = (folder: string, name: string): Authority => {
  mkdirSync(folder, { recursive: true });
  const days = ['-days', '2'];
  openssl(folder, [...'req -x509 -keyout ca.key -out ca.pem'.split(' '), ...EC, ...days, '-subj', `/CN=${name}`]);
  writeFileSync(join(folder, 'uses'), USES);
  return {
    cert: join(folder, 'ca.pem'),
    key: join(folder, 'ca.key'),
    issue(subject) {
      const request = ['req', '-keyout', `${subject}.key`, '-out', `${subject}.csr`, ...EC, '-subj', `/CN=${subject}`];
      openssl(folder, request);
      const sign = 'x509 -req -CA ca.pem -CAkey ca.key -CAcreateserial -extfile uses'.split(' ');
      openssl(folder, [...sign, ...days, '-in', `${subject}.csr`, '-out', `${subject}.pem`]);
      return { cert: join(folder, `${subject}.pem`), key: join(folder, `${subject}.key`) };
    },
  };
};
