import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { kafkaExporterMetricNames, metricNames } from '@naru/kernel';
import { parse } from 'yaml';
import { RUNBOOK } from '../../scripts/src/generate/watch/alert-rules';
import { alerts } from '../../scripts/src/generate/watch/alerts';
import { UMBRELLA } from '../../scripts/src/kubernetes/charts';
import { render } from './helm';
import { ofKind, type Resource } from './resources';

/** Alerts and dashboards: what the chart ships, and what can be said of them without a Prometheus that has data. */

const run = promisify(execFile);
const root = join(__dirname, '../..');
const rulesFile = join(root, 'charts/naru/alerts.yaml');
const dashboardsDirectory = join(root, 'charts/naru/dashboards');
const testsDirectory = join(__dirname, 'alerts');
const names = alerts.map(({ name }) => name);

interface Rule {
  readonly alert: string;
  readonly annotations: Readonly<Record<string, string>>;
}

interface RuleTests {
  readonly tests: readonly {
    readonly alert_rule_test: readonly {
      readonly alertname: string;
      readonly exp_alerts: readonly object[];
    }[];
  }[];
}

interface Target {
  readonly expr: string;
  readonly datasource: { readonly uid: string };
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig: { readonly defaults: { readonly unit?: string } };
  readonly targets: readonly Target[];
}

interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly tags: readonly string[];
  readonly links: readonly { readonly type: string; readonly tags: readonly string[] }[];
  readonly templating: { readonly list: readonly { readonly name: string }[] };
  readonly panels: readonly Panel[];
}

async function promtool(...parameters: string[]): Promise<string> {
  const program = process.env['NARU_PROMTOOL'];
  if (!program) throw new Error('run by `npm run test:charts`, which sees to promtool');
  const { stdout } = await run(program, parameters).catch((error: { stdout: string; stderr: string }) => {
    throw new Error(`${error.stdout}\n${error.stderr}`);
  });
  return stdout;
}

function rulesOf(text: string): readonly Rule[] {
  const { groups } = parse(text) as { groups: readonly { rules: readonly Rule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

describe('alerts', () => {
  const rules = rulesOf(readFileSync(rulesFile, 'utf8'));
  const runbook = readFileSync(join(root, RUNBOOK), 'utf8');

  test('Prometheus understands them', async () => {
    expect(await promtool('check', 'rules', rulesFile)).toContain(`${names.length} rules found`);
  });

  test('there is a file of tests for each, and none besides', () => {
    expect(readdirSync(testsDirectory).sort()).toEqual(names.map((name) => `${name}.yaml`).sort());
  });

  test.each(names)('%s fires when it should, and does not when it should not', async (name) => {
    const file = join(testsDirectory, `${name}.yaml`);
    const { tests } = parse(readFileSync(file, 'utf8')) as RuleTests;
    const expected = tests.flatMap(({ alert_rule_test: cases }) => cases);
    expect(new Set(expected.map(({ alertname }) => alertname))).toEqual(new Set([name]));
    expect(expected.some(({ exp_alerts: fired }) => fired.length > 0)).toBe(true);
    expect(expected.some(({ exp_alerts: fired }) => fired.length === 0)).toBe(true);
    expect(await promtool('test', 'rules', file)).toContain('SUCCESS');
  });

  test.each(names)('%s has a section of the runbook, which says what it means and what to do', (name) => {
    const rule = rules.find(({ alert }) => alert === name);
    expect(rule?.annotations['runbook_url']).toBe(`${RUNBOOK}#${name.toLowerCase()}`);
    const [, section = ''] = runbook.split(`\n## ${name}\n`);
    const [text = ''] = section.split('\n## ');
    for (const part of ['**Means**', '**Look**', '**Do**']) expect(text).toContain(part);
  });

  test('the commands that the runbook names exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const commands = [...runbook.matchAll(/npm run ([\w:-]+)/g)].map(([, command = '']) => command);
    expect(commands.length).toBeGreaterThan(0);
    expect(commands.filter((command) => !(command in scripts))).toEqual([]);
    const links = [...runbook.matchAll(/\]\(([\w-]+\.md)/g)].map(([, file = '']) => file);
    expect(links.filter((file) => !existsSync(join(root, 'docs', file)))).toEqual([]);
  });

  test('each looks at something of which there is data when all is well', () => {
    for (const { name, watches, expr } of alerts) {
      expect(watches.length).toBeGreaterThan(0);
      expect([name, watches.filter((vector) => !expr.includes(vector))]).toEqual([name, []]);
    }
  });
});

describe('dashboards', () => {
  const files = readdirSync(dashboardsDirectory);
  const dashboards = new Map(
    files.map((file) => [
      file,
      JSON.parse(readFileSync(join(dashboardsDirectory, file), 'utf8')) as Dashboard,
    ]),
  );
  const known = [metricNames, kafkaExporterMetricNames].flatMap((group) => Object.values<string>(group));
  const panelsOf = ({ panels }: Dashboard) => panels.filter(({ type }) => type !== 'row');

  test('each has a place of its own, and leads to the others', () => {
    expect([...dashboards.values()].map(({ uid }) => `${uid}.json`).sort()).toEqual([...files].sort());
    for (const { tags, links, templating } of dashboards.values()) {
      expect(
        links.some((link) => link.type === 'dashboards' && link.tags.some((tag) => tags.includes(tag))),
      ).toBe(true);
      expect(templating.list.map(({ name }) => name)).toContain('datasource');
    }
  });

  test.each(files)('%s: each panel says what it shows, in which unit, from the chosen source', (file) => {
    const dashboard = dashboards.get(file)!;
    const panels = panelsOf(dashboard);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    for (const { title, description, fieldConfig, targets } of panels) {
      expect([title, Boolean(description), Boolean(fieldConfig.defaults.unit)]).toEqual([title, true, true]);
      expect(targets.length).toBeGreaterThan(0);
      for (const { datasource } of targets) expect(datasource.uid).toBe('$datasource');
    }
  });

  test.each(files)('%s: panels lie side by side, not over each other', (file) => {
    const places = dashboards.get(file)!.panels.map(({ title, gridPos }) => ({ title, ...gridPos }));
    for (const [at, one] of places.entries()) {
      expect([one.title, one.x + one.w <= 24]).toEqual([one.title, true]);
      const covered = places
        .slice(at + 1)
        .filter(
          (other) =>
            one.x < other.x + other.w &&
            other.x < one.x + one.w &&
            one.y < other.y + other.h &&
            other.y < one.y + one.h,
        );
      expect(covered).toEqual([]);
    }
  });

  test.each(files)('%s: queries ask for metrics that are declared, with variables that there are', (file) => {
    const dashboard = dashboards.get(file)!;
    const variables = [
      ...dashboard.templating.list.map(({ name }) => name),
      ...['__rate_interval', '__range'],
    ];
    for (const { expr } of panelsOf(dashboard).flatMap(({ targets }) => targets)) {
      const asked = [...expr.matchAll(/\b(?:naru|kafka|messaging|http)_\w+(?=[{[)]|$| )/g)].map(
        ([name]) => name,
      );
      const families = asked.map((name) => name.replace(/_(bucket|count|sum)$/, ''));
      const labels = /^(messaging_(destination|consumer)|http_(route|request|response))/;
      expect(families.filter((name) => !known.includes(name) && !labels.test(name))).toEqual([]);
      const used = [...expr.matchAll(/\$(\w+)/g)].map(([, name = '']) => name);
      expect(used.filter((name) => !variables.includes(name))).toEqual([]);
    }
  });
});

describe('the chart', () => {
  let resources: readonly Resource[];
  beforeAll(async () => {
    resources = await render(UMBRELLA, {
      'global.monitoring.enabled': true,
      'global.monitoring.runbook': 'https://docs.example.com/runbook.md',
    });
  });

  test('has the rules that the local Prometheus has, with links that lead somewhere', () => {
    const [rule] = ofKind(resources, 'PrometheusRule');
    const text = readFileSync(rulesFile, 'utf8').replaceAll(RUNBOOK, 'https://docs.example.com/runbook.md');
    expect(rule?.spec).toEqual(parse(text));
  });

  test('has a ConfigMap for each dashboard, as Grafana looks for them', () => {
    const maps = ofKind(resources, 'ConfigMap').filter(
      ({ metadata }) => metadata.labels?.['grafana_dashboard'] === '1',
    );
    const shipped = Object.assign({}, ...maps.map(({ data }) => data)) as Record<string, string>;
    const files = readdirSync(dashboardsDirectory);
    expect(Object.keys(shipped).sort()).toEqual([...files].sort());
    for (const file of files)
      expect(JSON.parse(shipped[file]!)).toEqual(
        JSON.parse(readFileSync(join(dashboardsDirectory, file), 'utf8')),
      );
  });
});
