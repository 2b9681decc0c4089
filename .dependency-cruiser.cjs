/** Imports go one way: main → api, consumers → store, domain → kernel → contracts (docs/architecture.md). */
const service = '^services/(?!contracts|kernel|audit|operations)([^/]+)/src';

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: { pathNot: 'node_modules' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'contracts-imports-nothing-of-ours',
      severity: 'error',
      from: { path: '^services/contracts' },
      to: { path: '^(services|scripts|tests)/', pathNot: '^services/contracts' },
    },
    {
      name: 'kernel-imports-contracts-only',
      severity: 'error',
      from: { path: '^services/kernel/src', pathNot: '\\.test\\.ts$' },
      to: { path: '^(services|scripts|tests)/', pathNot: '^services/(contracts|kernel)' },
    },
    {
      name: 'audit-imports-contracts-and-kernel-only',
      severity: 'error',
      from: { path: '^services/audit/src', pathNot: '\\.test\\.ts$' },
      to: { path: '^(services|scripts|tests)/', pathNot: '^services/(contracts|kernel|audit)' },
    },
    {
      name: 'operations-imports-contracts-and-kernel-only',
      severity: 'error',
      from: { path: '^services/operations/src', pathNot: '\\.test\\.ts$' },
      to: { path: '^(services|scripts|tests)/', pathNot: '^services/(contracts|kernel|operations)' },
    },
    {
      name: 'a-service-imports-no-other-service',
      severity: 'error',
      from: { path: service, pathNot: '\\.test\\.ts$' },
      to: {
        path: '^(services|scripts|tests)/',
        pathNot: '^services/(contracts|kernel|audit|operations|$1)/',
      },
    },
    {
      name: 'domain-is-pure',
      severity: 'error',
      from: { path: `${service}/domain`, pathNot: '\\.test\\.ts$' },
      to: { pathNot: '^services/(contracts/|$1/src/domain)' },
    },
    {
      name: 'store-knows-domain-kernel-and-contracts-only',
      severity: 'error',
      from: { path: `${service}/store\\.ts$` },
      to: { path: '^services/$1/src/(?!domain|store)' },
    },
    {
      name: 'nobody-imports-main',
      severity: 'error',
      from: {},
      to: { path: `${service}/main\\.ts$` },
    },
    {
      name: 'only-the-adapter-knows-kafkajs',
      severity: 'error',
      from: {
        path: '^services/',
        pathNot: '^services/(kernel/src/messaging/(kafka-.*|assigner)\\.ts|.*\\.test\\.ts|.*/test/)',
      },
      to: { path: 'node_modules/kafkajs' },
    },
    {
      name: 'pages-know-the-api-only',
      severity: 'error',
      from: { path: '^services/console/ui/' },
      to: { path: '^(services|scripts|tests)/', pathNot: '^services/console/(ui/|src/views\\.ts$)' },
    },
    {
      name: 'no-orphans',
      severity: 'warn',
      from: { orphan: true, pathNot: ['\\.d\\.ts$', '\\.test\\.ts$', 'test/', '\\.mjs$'] },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '/dist/'] },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
      mainFields: ['main'],
    },
  },
};
