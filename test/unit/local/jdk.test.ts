import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findJdk, findSparkJdk, jdkAt, onPath } from '../../../src/local/jdk.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shardline-jdk-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const program = (path: string): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '#!/bin/sh\n');
  chmodSync(path, 0o755);
};

const makeJdk = (name: string, version: string, tools = ['java', 'javac']): string => {
  const home = join(folder, name);
  for (const tool of tools) program(join(home, 'bin', tool));
  writeFileSync(join(home, 'release'), `IMPLEMENTOR="Somebody"\nJAVA_VERSION="${version}"\nOS_NAME="Linux"\n`);
  return home;
};

test('JAVA_HOME is taken first when it is new enough', () => {
  const home = makeJdk('mine', '23.0.1');
  makeJdk('jvm/jdk-25', '25');
  expect(findJdk({ JAVA_HOME: home, HOME: folder })).toEqual({ home, major: 23, version: '23.0.1' });
});

test('beside an old default java a newer JDK is found, through symbolic links', () => {
  const old = makeJdk('jvm/jdk-17', '17.0.15');
  const young = makeJdk('jvm/jdk-22', '22.0.2');
  mkdirSync(join(folder, 'bin'));
  symlinkSync(join(old, 'bin', 'java'), join(folder, 'bin', 'java'));
  expect(findJdk({ JAVA_HOME: old, PATH: join(folder, 'bin'), HOME: folder })).toMatchObject({
    home: young,
    major: 22,
  });
});

test('the variables of build machines and the folder inside a macOS bundle are looked at', () => {
  const home = makeJdk('temurin-24.jdk/Contents/Home', '24.0.1');
  expect(findJdk({ JAVA_HOME_24_X64: join(folder, 'temurin-24.jdk'), HOME: folder })).toMatchObject({ home });
  const installed = makeJdk('.sdkman/candidates/java/21.0.4-tem', '21.0.4');
  expect(jdkAt(installed)).toEqual({ home: installed, major: 21, version: '21.0.4' });
});

test('when all are too old, or there is none, one line says so and how to get one', () => {
  const old = makeJdk('jvm/jdk-17', '17.0.15');
  const failure = expect(() => findJdk({ JAVA_HOME: old, HOME: folder }, []));
  failure.toThrow(/^A JDK of version 21 or newer is needed \(found only 17\.0\.15\): install one .*JAVA_HOME at it\.$/);
  expect(() => findJdk({ HOME: folder }, [])).toThrow('(found none)');
});

test('a runtime without javac, a folder without a release file and a missing folder are no JDK', () => {
  expect(jdkAt(makeJdk('jre', '25', ['java']))).toBeUndefined();
  program(join(folder, 'bare', 'bin', 'javac'));
  expect(jdkAt(join(folder, 'bare'))).toBeUndefined();
  expect(jdkAt(join(folder, 'nowhere'))).toBeUndefined();
});

test('a program is found on the PATH, a folder of its name is none', () => {
  mkdirSync(join(folder, 'a', 'mvn'), { recursive: true });
  program(join(folder, 'b', 'mvn'));
  expect(onPath('mvn', { PATH: `${join(folder, 'a')}::${join(folder, 'b')}` })).toBe(join(folder, 'b', 'mvn'));
  expect(onPath('mvn', { PATH: join(folder, 'a') })).toBeUndefined();
  expect(onPath('mvn', {})).toBeUndefined();
});

test('for Spark a JDK 17 is found beside newer ones, and nothing else will do', () => {
  const newer = makeJdk('jvm/jdk-25', '25');
  expect(() => findSparkJdk({ JAVA_HOME: newer, HOME: folder }, [])).toThrow('version 17 is needed (found only 25)');
  const home = makeJdk('jvm/jdk-17', '17.0.15');
  expect(findSparkJdk({ JAVA_HOME: newer, HOME: folder }, [join(folder, 'jvm', 'jdk-17')])).toMatchObject({ home });
});
