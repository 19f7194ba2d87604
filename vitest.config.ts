import { defineConfig } from 'vitest/config'

const project = (name: string, include: string, extra: object = {}) => ({ extends: true as const, test: { name, include: [include], ...extra } })

export default defineConfig({
  test: {
    maxWorkers: 2,
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reporter: ['text-summary', 'json-summary'] },
    projects: [
      project('unit', 'test/unit/**/*.test.ts', { isolate: false }), // pure: modules are loaded once for all
      project('integration', 'test/integration/**/*.test.ts', {
        isolate: false, // modules are loaded once per worker, not once per file
        globalSetup: ['test/support/postgres-setup.ts'],
        testTimeout: 30_000,
        hookTimeout: 30_000,
      }),
      project('long', 'test/long/**/*.test.ts', { hookTimeout: 60_000, fileParallelism: false }),
      project('e2e', 'test/e2e/**/*.test.ts', {
        globalSetup: ['test/support/postgres-setup.ts'],
        testTimeout: 180_000,
        hookTimeout: 60_000,
        fileParallelism: false,
      }),
    ],
  },
})
