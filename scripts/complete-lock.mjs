// Usage: node scripts/complete-lock.mjs      after npm has written package-lock.json
// npm leaves the optional packages of other platforms out of the lock where it could not see them (a registry mirror may
// lack them), and then `npm ci` refuses the lock, there and on those platforms. Their versions are exact in the packages
// that want them, so the entries can be written without asking anybody; only their checksums stay unknown.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('../package-lock.json', import.meta.url));
const lock = JSON.parse(readFileSync(file, 'utf8'));

const SYSTEMS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'openbsd', 'netbsd', 'sunos', 'aix', 'win32'];
const PROCESSORS = ['arm64', 'arm', 'x64', 'ia32', 'ppc64', 'riscv64', 's390x', 'loong64', 'mips64el', 'wasm32'];

/** What a platform's package says of itself, read from its name as its makers wrote it. */
const platformOf = (name) => {
  const words = name.split(/[-/]/);
  const os = SYSTEMS.filter((system) => words.includes(system));
  const cpu = PROCESSORS.filter((processor) => words.includes(processor));
  const libc = words.some((word) => word.startsWith('musl'))
    ? ['musl']
    : words.some((word) => word === 'gnu' || word === 'gnueabihf') && os.includes('linux')
      ? ['glibc']
      : [];
  return os.length === 1 && cpu.length === 1 ? { os, cpu, ...(libc.length > 0 && { libc }) } : undefined;
};

let added = 0;
for (const [path, wanting] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(wanting.optionalDependencies ?? {})) {
    const places = [`${path}/node_modules/${name}`, `node_modules/${name}`];
    const platform = platformOf(name);
    if (places.some((place) => lock.packages[place]) || !platform || !/^\d+\.\d+\.\d+/.test(version)) continue;
    lock.packages[`node_modules/${name}`] = {
      version,
      ...platform,
      ...(wanting.dev && { dev: true }),
      license: wanting.license,
      optional: true,
    };
    added += 1;
  }
}

lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en')));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${added} packages of other platforms added to package-lock.json\n`);
