import { expect, test } from 'vitest';
import { countTests } from '../../../scripts/count-tests.ts';

const report = (passed: number, failed: number, files: readonly (readonly [string, readonly string[]])[]) =>
  JSON.stringify({
    numPassedTests: passed,
    numFailedTests: failed,
    testResults: files.map(([status, tests], index) => ({
      name: `file-${index}`,
      status,
      message: 'it was broken\nhere',
      assertionResults: tests.map((each, n) => ({
        status: each,
        fullName: `does ${n}`,
        failureMessages: each === 'failed' ? ['expected 1 to be 2\n  at x'] : [],
      })),
    })),
  });

const none = { failures: [] };

test('the sums are vitest’s own, and each failure is told in a line', () => {
  expect(countTests(report(2, 0, [['passed', ['passed', 'passed']]]), 0)).toEqual({ passed: 2, failed: 0, ...none });
  expect(countTests(report(1, 1, [['failed', ['passed', 'failed']]]), 1)).toEqual({
    passed: 1,
    failed: 1,
    failures: ['file-0: does 1: expected 1 to be 2'],
  });
});

test('a file that could not be loaded counts as a failure', () => {
  const files = [
    ['passed', ['passed']],
    ['failed', []],
  ] as const;
  expect(countTests(report(1, 0, files), 1)).toEqual({ passed: 1, failed: 1, failures: ['file-1: it was broken'] });
});

test('no report, an exit code without a failed test, and no test at all are failures', () => {
  expect(countTests('', 1)).toEqual({ passed: 0, failed: 1, ...none });
  expect(countTests('{"half', 0)).toEqual({ passed: 0, failed: 1, ...none });
  const passed = report(3, 0, [['passed', ['passed', 'passed', 'passed']]]);
  expect(countTests(passed, 1)).toEqual({ passed: 3, failed: 1, ...none });
  expect(countTests(report(0, 0, []), 0)).toEqual({ passed: 0, failed: 1, ...none });
});
