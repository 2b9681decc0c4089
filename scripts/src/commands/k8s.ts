import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describeFlags, parseFlags, UsageError, type Flags, type Values } from '../arguments';
import { confirmed } from '../confirmed';
import { currentContext, openCluster, type Cluster } from '../kubernetes/cluster';
import { takeDown } from '../kubernetes/down';
import { buildImages, findBuilder, imageTargets } from '../kubernetes/images';
import { installOperators } from '../kubernetes/operators';
import { makeSecrets, secretRecipes } from '../kubernetes/secrets';
import { applyPolicies, bringUp } from '../kubernetes/up';
import { repositoryDirectory } from '../platform';
import { observed } from '../platform/stages';
import type { Report } from '../platform/supervisor';
import { ProgressPrinter } from '../progress-printer';

export const summary = 'Naru on Kubernetes: builds images, installs everything, takes it down';

const KIND_CONTEXT = /^kind-(.+)$/;

const contextFlag = {
  context: { value: 'NAME', help: 'the cluster, if it is not a kind cluster that kubectl is at' },
} as const;
const perServiceFlag = {
  'mysql-per-service': { help: 'a MySQL server for each service rather than one for all' },
} as const;

interface Action {
  readonly summary: string;
  readonly flags: Flags;
  run(argv: readonly string[]): Promise<void>;
}

function action<F extends Flags>(told: string, flags: F, work: (values: Values<F>) => Promise<void>): Action {
  return {
    summary: told,
    flags,
    async run(argv) {
      const values = parseFlags(flags, argv);
      if (values.help) console.log(`${told}\n\n${describeFlags(flags)}`);
      else await work(values);
    },
  };
}

const actions: Readonly<Record<string, Action>> = {
  images: action(
    'builds the images, and loads them if kubectl is at a kind cluster',
    {
      only: { value: 'a,b', help: `only these of ${imageTargets.join(', ')}` },
      tag: { value: 'T', help: "default: Naru's version" },
      base: {
        value: 'IMAGE',
        help: 'the image to build on and to run on, such as one with a digest; or in NARU_IMAGE_BASE',
      },
    },
    images,
  ),
  secrets: action(
    'makes the Secrets that are missing, and the namespace',
    { ...contextFlag, ...perServiceFlag },
    async (values) => {
      const cluster = await openCluster(values.context);
      await applyPolicies(cluster);
      const made = await makeSecrets(cluster, secretRecipes(values['mysql-per-service'] ?? false));
      console.log(made.length === 0 ? 'all Secrets are there' : `made ${made.join(', ')}`);
    },
  ),
  operators: action(
    'makes the namespaces and installs the operators that are missing',
    { ...contextFlag, monitoring: { help: 'Prometheus and Grafana too' } },
    async ({ context, monitoring = false }) => {
      const cluster = await openCluster(context);
      await applyPolicies(cluster);
      await withProgress((report) => installOperators(cluster, monitoring, report));
    },
  ),
  up: action(
    'installs everything and waits until it is ready',
    {
      ...contextFlag,
      ...perServiceFlag,
      tag: { value: 'T', help: "tag of the images; default: Naru's version" },
      values: { value: 'FILE', help: 'values for charts/naru' },
      monitoring: { help: 'with Prometheus and Grafana' },
    },
    async ({ context, tag, values, monitoring = false, 'mysql-per-service': mysqlPerService = false }) => {
      const cluster = await openCluster(context);
      const request = { tag, values, monitoring, mysqlPerService };
      await withProgress((report) => bringUp(cluster, request, report));
      console.log(ready(cluster));
    },
  ),
  down: action(
    'uninstalls everything but the operators; data stays, and up goes on with it',
    {
      ...contextFlag,
      volumes: { help: 'deletes the data too, and the whole namespace' },
      yes: { help: 'does not ask' },
    },
    async ({ context, volumes = false, yes }) => {
      const cluster = await openCluster(context);
      const extent = volumes ? ' with all its data' : '';
      if (!yes && !(await confirmed(`uninstall Naru${extent} from ${cluster.context}?`))) return;
      await withProgress((report) => takeDown(cluster, volumes, report));
    },
  ),
};

/** The exit code is 1 when something failed, 2 when the command line is not understood. */
export async function run(argv: readonly string[]): Promise<number> {
  const [name = '--help', ...rest] = argv;
  if (name === '--help' || name === '-h') {
    const lines = Object.entries(actions).map(
      ([known, { summary: told }]) => `  ${known.padEnd(9)}  ${told}`,
    );
    console.log(['Usage: npm run k8s -- ACTION [flags]', '', ...lines].join('\n'));
    return 0;
  }
  const chosen = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (!chosen) throw new UsageError(`"${name}" is no action: ${Object.keys(actions).join(', ')}`);
  await chosen.run(rest);
  return 0;
}

async function images(values: { only?: string; tag?: string; base?: string }): Promise<void> {
  const targets = values.only?.split(',').map((name) => name.trim()) ?? imageTargets;
  const unknown = targets.filter((target) => !imageTargets.includes(target));
  if (unknown.length > 0)
    throw new UsageError(
      `--only does not know "${unknown.join('", "')}"; it knows ${imageTargets.join(', ')}`,
    );
  const builder = findBuilder();
  const base = values.base ?? process.env['NARU_IMAGE_BASE'];
  const request = { targets, tag: values.tag ?? version(), revision: revision(), base };
  await withProgress(async (report) => {
    const built = await buildImages(builder, request, report);
    const kindCluster = KIND_CONTEXT.exec(await currentContext())?.[1];
    if (kindCluster === undefined) return;
    const load = () => builder.loadIntoKind(built, kindCluster);
    await observed(`kind cluster ${kindCluster} with the images`, load, report);
  });
}

async function withProgress(work: (report: Report) => Promise<void>): Promise<void> {
  const printer = new ProgressPrinter();
  try {
    await work((part, phase, elapsedMs, detail) =>
      printer.print({ part, phase, elapsedMs, ...(detail !== undefined && { detail }) }),
    );
  } finally {
    printer.close();
  }
}

function ready({ context }: Cluster): string {
  return [
    '',
    `Naru is ready on ${context}.`,
    '',
    '  kubectl -n naru port-forward service/gateway 8000   # then http://127.0.0.1:8000/docs',
    '  kubectl -n naru port-forward service/console 9000   # the console; its token is in the Secret console-operator',
    '  kubectl -n naru port-forward service/mail 8025      # the mails it sends',
  ].join('\n');
}

function version(): string {
  const manifest = readFileSync(join(repositoryDirectory, 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

function revision(): string {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { cwd: repositoryDirectory, encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}
