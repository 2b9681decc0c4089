import { describeFlags, parseFlags } from '../arguments';
import { runProgram } from '../run-program';

export const summary = 'installs Naru on the cluster that kubectl is at, tries all of it, uninstalls it';

const flags = {
  short: {
    help: 'fewer upgrades, and without the faults that the others imply; about 20 minutes on 2 cores',
  },
  outputFile: { value: 'FILE', help: 'jest’s report, as JSON' },
} as const;

/** Exit code 0 when all of it passed. */
export async function run(argv: readonly string[]): Promise<number> {
  const { help, short, outputFile } = parseFlags(flags, argv);
  if (help) {
    console.log(`Usage: npm run test:k8s -- [flags]\n\n${describeFlags(flags)}\n\n${NEEDS}`);
    return 0;
  }
  const environment = {
    ...process.env,
    // The Kubernetes client is an ES module, and jest cannot load one without.
    NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --experimental-vm-modules --no-warnings`.trim(),
    NARU_K8S_FORM: short ? 'short' : 'long',
  };
  const report = outputFile === undefined ? [] : ['--json', '--outputFile', outputFile];
  return runProgram(
    'node_modules/jest/bin/jest.js',
    ['--selectProjects', 'k8s', '--runInBand', ...report],
    environment,
  );
}

const NEEDS = `Needs kubectl's configuration (KUBECONFIG), helm, and a builder of images; see npm run k8s.
A cluster that is none of kind's must be named in NARU_K8S_CONTEXT. There must be no Naru on it.`;
