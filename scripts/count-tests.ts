interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

export interface Count {
  readonly passed: number;
  readonly failed: number;
  /** A line for each failure: the file, the test and the first line of what was wrong. */
  readonly failures: readonly string[];
}

const firstLine = (text: string | undefined) => text?.split('\n', 1)[0] ?? '';

/**
 * Passed and failed of one vitest run, from its JSON report and exit code. A file that could not even be loaded has no
 * failed test in the report, nor has an error outside of tests: both count, so that a run that failed never sums to 0.
 */
export const countTests = (text: string, exitCode: number): Count => {
  const failures: string[] = [];
  let passed = 0;
  let failed = 0;
  try {
    const report: Report = JSON.parse(text);
    passed = report.numPassedTests;
    failed = report.numFailedTests;
    for (const file of report.testResults) {
      if (file.status !== 'failed') continue;
      const broken = file.assertionResults.filter((test) => test.status === 'failed');
      for (const { fullName, failureMessages } of broken)
        failures.push(`${file.name}: ${fullName}: ${firstLine(failureMessages[0])}`);
      if (broken.length > 0) continue;
      failures.push(`${file.name}: ${firstLine(file.message)}`);
      failed += 1;
    }
  } catch {
    failed = 0;
  }
  return { passed, failed: failed === 0 && (exitCode !== 0 || passed === 0) ? 1 : failed, failures };
};
