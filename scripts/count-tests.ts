interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/**
 * Passed and failed of one vitest run, from its JSON report and exit code. A file that could not even be loaded has no
 * failed test in the report, nor has an error outside of tests: both count, so that a run that failed never sums to 0.
 */
export const countTests = (text: string, exitCode: number): { passed: number; failed: number } => {
  let passed = 0;
  let failed = 0;
  try {
    const report: Report = JSON.parse(text);
    passed = report.numPassedTests;
    failed = report.numFailedTests;
    for (const file of report.testResults)
      if (file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed')) failed += 1;
  } catch {
    failed = 0;
  }
  return { passed, failed: failed === 0 && (exitCode !== 0 || passed === 0) ? 1 : failed };
};
