import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'test/invariants/**/*.test.ts', 'test/contract/**/*.memory.test.ts'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'parts',
          include: ['test/contract/**/*.parts.test.ts', 'test/integration/**/*.test.ts', 'test/e2e/**/*.test.ts'],
          globalSetup: ['test/support/stack.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'delivery',
          include: ['test/delivery/*.test.ts'],
          globalSetup: ['test/support/stack.ts', 'test/support/moto-stack.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // They change what holds for all of OpenSearch.
          maxWorkers: 1,
        },
      },
      {
        test: {
          // Each has an OpenSearch of its own: they run beside the others, one at a time.
          name: 'apart',
          include: ['test/delivery/apart/*.test.ts'],
          globalSetup: ['test/support/stack.ts', 'test/support/moto-stack.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 1,
        },
      },
      {
        // What is shipped to run it with, checked by the tools of those who take it.
        test: {
          name: 'deploy',
          include: ['test/deploy/**/*.test.ts'],
          globalSetup: ['test/support/tools/all.ts'],
          testTimeout: 60_000,
          hookTimeout: 300_000,
        },
      },
      {
        // The CDK app: every environment is synthesized once for all of these.
        test: {
          name: 'cdk',
          include: ['deploy/test/**/*.test.ts'],
          globalSetup: ['deploy/test/support/synthesize.ts'],
          testTimeout: 60_000,
          hookTimeout: 300_000,
        },
      },
      {
        // What the image holds, run as its containers would be. Alone: it measures gaps between processes.
        test: {
          name: 'image',
          include: ['test/image/**/*.test.ts'],
          globalSetup: ['test/support/stack.ts', 'test/support/image/setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 1,
        },
      },
      {
        test: {
          name: 'soak',
          include: ['test/soak/**/*.test.ts'],
          globalSetup: ['test/support/stack.ts', 'test/support/moto-stack.ts'],
        },
      },
    ],
  },
});
