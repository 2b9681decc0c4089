import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { services } from '@naru/contracts';
import { parse } from 'yaml';
import { chartDirectory, UMBRELLA } from '../../scripts/src/kubernetes/charts';
import { findOnPath } from '../../scripts/src/platform/fetch/run-command';
import { render } from './helm';
import { containersOf, nameOf, ofKind, podsOf } from './resources';

/** Tilt is not to be had everywhere, so what the Tiltfile names is looked up; where there is a tilt, it is evaluated. */

const root = join(__dirname, '../..');
const text = readFileSync(join(root, 'Tiltfile'), 'utf8').replace(/^ *#.*$/gm, '');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
const commands = readdirSync(join(root, 'scripts/src/commands')).map((file) => file.replace(/\.ts$/, ''));

const all = (pattern: RegExp) => [...new Set([...text.matchAll(pattern)].map((match) => match[1]!))];

test.each(all(/'((?:k8s|strimzi|charts|services)\/[^'%\s]*[^'%\s/]|Dockerfile|package-lock\.json)'/g))(
  'the path %s exists',
  (path) => {
    // What is compiled exists after the first compilation.
    expect(existsSync(join(root, path.replace(/\/dist$/, '/src')))).toBe(true);
  },
);

test('every service of the umbrella is built, and they are those of topology.ts', () => {
  const { dependencies } = parse(readFileSync(join(chartDirectory(UMBRELLA), 'Chart.yaml'), 'utf8')) as {
    dependencies: { name: string }[];
  };
  expect(text).toContain("read_yaml('charts/naru/Chart.yaml')['dependencies']");
  expect(dependencies.map(({ name }) => name)).toEqual(Object.keys(services));
});

test.each(all(/npm run (?:--silent )?([\w:-]+)/g))('npm run %s exists', (script) => {
  expect(manifest.scripts[script]).toBeDefined();
});

test.each(all(/'%s (\S+)[^']*' % tool/g))('the operator has the command %s', (command) => {
  expect(commands).toContain(command);
});

test('the workloads that it names exist, and the images that it builds are the ones they run', async () => {
  const pods = podsOf(ofKind(await render(UMBRELLA, { 'global.development': true }), 'Deployment'));
  const forwarded = all(/'([\w-]+-api)':/g);
  expect(forwarded).toContain('gateway-api');
  for (const name of forwarded) expect(pods.map(({ owner }) => owner)).toContain(`Deployment ${name}`);
  const images = pods.flatMap(({ spec }) => containersOf(spec).map(({ image }) => image.split(':')[0]));
  expect([...new Set(images)].sort()).toEqual(
    Object.keys(services)
      .map((name) => `naru/${name}`)
      .sort(),
  );
});

test('in development, and only there, a pod may write to its image and starts again when it changes', async () => {
  for (const development of [true, false]) {
    const resources = await render('user', { 'global.development': development });
    for (const { spec } of podsOf(ofKind(resources, 'Deployment')))
      for (const { name, command, securityContext } of containersOf(spec)) {
        expect(securityContext?.readOnlyRootFilesystem).toBe(!development);
        const watches = development && name !== 'migrate';
        expect(command).toEqual(watches ? ['node', '--watch', 'main.js'] : undefined);
      }
  }
});

test('the values that it sets are known to the charts', async () => {
  const values = all(/'((?:global|mysql)\.[\w.]+)=/g);
  expect(values).toEqual(
    expect.arrayContaining(['global.development', 'global.monitoring.enabled', 'mysql.perService']),
  );
  const known = values.filter((path) => path.startsWith('global.')).map((path) => [path, true] as const);
  await expect(render(UMBRELLA, Object.fromEntries(known))).resolves.toBeDefined();
  await expect(render('k8s/data-stores', { 'mysql.perService': true })).resolves.toBeDefined();
});

test('what Tilt is told to wait for or to kill is there', async () => {
  const stores = (await render('k8s/data-stores')).map(nameOf);
  expect(stores).toEqual(
    expect.arrayContaining([
      'StatefulSet mysql',
      'StatefulSet redis',
      'Job mysql-accounts',
      'Deployment mail',
    ]),
  );
});

test('it refuses a cluster that is not kind', () => {
  expect(text).toMatch(/if not k8s_context\(\)\.startswith\('kind-'\):\s+fail\(/);
});

const tilt = findOnPath('tilt');
(tilt ? test : test.skip)('tilt can evaluate it', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'naru-tilt-'));
  const context = { name: 'kind-naru', context: { cluster: 'kind-naru', user: 'kind-naru' } };
  const kubeconfig = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'kind-naru', contexts: [context] },
    clusters: [{ name: 'kind-naru', cluster: { server: 'https://127.0.0.1:1' } }],
    users: [{ name: 'kind-naru', user: {} }],
  };
  try {
    const file = join(scratch, 'kubeconfig');
    writeFileSync(file, JSON.stringify(kubeconfig));
    const env = { ...process.env, KUBECONFIG: file };
    // Its exit code says whether there was an error.
    execFileSync(tilt!, ['alpha', 'tiltfile-result'], { cwd: root, env });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
});
