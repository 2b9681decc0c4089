/** Five tiers: `unit` needs nothing, `charts` helm, `component` real infrastructure, `e2e` a whole Naru, `k8s` a cluster. */
const shared = {
  rootDir: __dirname,
  testEnvironment: 'node',
  // Types were checked by the compiler before; here they are only taken away.
  transform: {
    '^.+\\.ts$': ['ts-jest', { tsconfig: '<rootDir>/tests/tsconfig.json' }],
  },
  moduleNameMapper: {
    '^@naru/scripts$': '<rootDir>/scripts/src/platform/index.ts',
    '^@naru/(contracts|kernel|audit|operations)$': '<rootDir>/services/$1/src/index.ts',
    '^@naru/testing$': '<rootDir>/tests/support/index.ts',
  },
  modulePathIgnorePatterns: ['<rootDir>/.*/dist/'],
};

module.exports = {
  testTimeout: 60_000,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: [
        '<rootDir>/{services/*,services/console/ui,scripts,tests/*}/src/**/*.test.ts',
        '<rootDir>/tests/saga/*.property.test.ts',
      ],
    },
    {
      ...shared,
      displayName: 'charts',
      testMatch: ['<rootDir>/tests/charts/**/*.test.ts'],
      globalSetup: '<rootDir>/tests/charts/setup.ts',
    },
    {
      ...shared,
      displayName: 'component',
      testMatch: ['<rootDir>/{services/*,scripts}/test/**/*.test.ts', '<rootDir>/tests/saga/*-race.test.ts'],
      globalSetup: '<rootDir>/tests/support/infrastructure-up.ts',
      globalTeardown: '<rootDir>/tests/support/infrastructure-down.ts',
    },
    {
      ...shared,
      displayName: 'e2e',
      testMatch: ['<rootDir>/tests/e2e/**/*.test.ts'],
      globalSetup: '<rootDir>/tests/e2e/setup.ts',
      globalTeardown: '<rootDir>/tests/e2e/teardown.ts',
    },
    // By `npm run test:k8s`, which says what else jest needs for it.
    { ...shared, displayName: 'k8s', testMatch: ['<rootDir>/tests/k8s/**/*.test.ts'] },
  ],
};
