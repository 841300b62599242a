// Usage: node scripts/spark-wheel.ts FILE.zip
// Writes the wheel of streaming-jobs/: the same bytes from the same sources, on any machine, without Python. Spark's workers
// look into a wheel only under the ending .zip.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';

const JOBS = fileURLToPath(new URL('../streaming-jobs', import.meta.url));
const PACKAGE = 'shardline_jobs';

interface Entry {
  readonly name: string;
  readonly data: Buffer;
}

/** What stands behind a key of pyproject.toml. */
const said = (project: string, key: string): string => {
  const value = new RegExp(`^${key} = "([^"]+)"$`, 'm').exec(project)?.[1];
  if (value === undefined) throw new Error(`streaming-jobs/pyproject.toml says no ${key}`);
  return value;
};

const sources = (): Entry[] =>
  readdirSync(join(JOBS, PACKAGE), { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && /\.(py|json)$/.test(file.name))
    .map((file) => join(file.parentPath, file.name))
    .map((path) => ({ name: path.slice(JOBS.length + 1).replaceAll('\\', '/'), data: readFileSync(path) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));

/** What makes a wheel of a package ("Binary distribution format", packaging.python.org). */
const about = (entries: readonly Entry[]): Entry[] => {
  const project = readFileSync(join(JOBS, 'pyproject.toml'), 'utf8');
  const version = said(project, 'version');
  const folder = `${PACKAGE}-${version}.dist-info`;
  const metadata = [
    'Metadata-Version: 2.1',
    `Name: ${said(project, 'name')}`,
    `Version: ${version}`,
    `Requires-Python: ${said(project, 'requires-python')}`,
  ];
  const wheel = ['Wheel-Version: 1.0', 'Generator: shardline', 'Root-Is-Purelib: true', 'Tag: py3-none-any'];
  const entry = (name: string, lines: readonly string[]) => ({
    name: `${folder}/${name}`,
    data: Buffer.from(`${lines.join('\n')}\n`),
  });
  const described = [entry('METADATA', metadata), entry('WHEEL', wheel)];
  const records = [...entries, ...described].map(
    ({ name, data }) => `${name},sha256=${createHash('sha256').update(data).digest('base64url')},${data.length}`,
  );
  return [...described, entry('RECORD', [...records, `${folder}/RECORD,,`])];
};

/** Midnight of 1980-01-01, the first day that zip knows. */
const DAY = (1 << 5) | 1;

/** The fields that both headers of an entry have ("APPNOTE.TXT", 4.3.7 and 4.3.12): stored, nothing packed. */
const common = ({ name, data }: Entry): Buffer => {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt16LE(DAY, 8);
  fields.writeUInt32LE(crc32(data), 10);
  fields.writeUInt32LE(data.length, 14);
  fields.writeUInt32LE(data.length, 18);
  fields.writeUInt16LE(Buffer.byteLength(name), 22);
  return fields;
};

const zipped = (entries: readonly Entry[]): Buffer => {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name);
    const file = Buffer.concat([Buffer.from('PK\x03\x04'), common(entry), name, entry.data]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(0o100644 * 0x1_0000, 6);
    tail.writeUInt32LE(at, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x03', 'latin1'), common(entry), tail, name);
    files.push(file);
    at += file.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...files, list, end]);
};

/** The whole file. */
export const sparkWheel = (): Buffer => {
  const entries = sources();
  return zipped([...entries, ...about(entries)]);
};

if (import.meta.main) {
  const [out] = argv.slice(2);
  if (out === undefined) throw new Error('usage: node scripts/spark-wheel.ts FILE.zip');
  writeFileSync(out, sparkWheel());
}
