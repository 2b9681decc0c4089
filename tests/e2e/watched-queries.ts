import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { alerts } from '../../scripts/src/generate/watch/alerts';

const directory = join(__dirname, '../../charts/naru/dashboards');
/** What Grafana would put in place of a dashboard's variables: everything, and four scrapes and more. */
const variables: Readonly<Record<string, string>> = {
  service: '.*',
  topic: '.*',
  __rate_interval: '40s',
};

/** A query that Grafana or Prometheus itself asks, and where. */
export interface WatchedQuery {
  readonly where: string;
  readonly title: string;
  readonly query: string;
}

interface Dashboard {
  readonly title: string;
  readonly panels: readonly {
    readonly title: string;
    readonly targets?: readonly { readonly expr: string }[];
  }[];
}

/** Every query of every panel of every dashboard, and what every alert looks at. */
export function watchedQueries(): WatchedQuery[] {
  const dashboards = readdirSync(directory).map(
    (file) => JSON.parse(readFileSync(join(directory, file), 'utf8')) as Dashboard,
  );
  return [
    ...dashboards.flatMap(({ title: where, panels }) =>
      panels.flatMap(({ title, targets = [] }) =>
        targets.map(({ expr }) => ({ where, title, query: withVariables(expr) })),
      ),
    ),
    ...alerts.flatMap(({ name, watches }) =>
      watches.map((query) => ({ where: 'Alerts', title: name, query })),
    ),
  ];
}

function withVariables(expr: string): string {
  return expr.replace(/\$(\w+)/g, (_, name: string) => {
    const value = variables[name];
    if (value === undefined) throw new Error(`no value is known for $${name} in ${expr}`);
    return value;
  });
}

interface Answer<T> {
  readonly status: string;
  readonly error?: string;
  readonly data: T;
}

/** The HTTP API of a Prometheus. */
export function prometheusAt(url: string) {
  async function ask<T>(path: string): Promise<T> {
    const response = await fetch(`${url}/api/v1/${path}`);
    const answer = (await response.json()) as Answer<T>;
    if (answer.status !== 'success') throw new Error(`${path}: ${answer.error ?? response.status}`);
    return answer.data;
  }
  return {
    /** The newest values of what a query answers; those that are no number (a quantile of nothing) are left out. */
    async values(query: string): Promise<number[]> {
      const { result } = await ask<{ result: readonly { value: readonly [number, string] }[] }>(
        `query?query=${encodeURIComponent(query)}`,
      );
      return result.map(({ value: [, text] }) => Number(text)).filter((value) => !Number.isNaN(value));
    },
    /** Instances that are scraped, with what is wrong with each. */
    async targets(): Promise<{ labels: Record<string, string>; health: string; lastError: string }[]> {
      const { activeTargets } = await ask<{
        activeTargets: { labels: Record<string, string>; health: string; lastError: string }[];
      }>('targets?state=active');
      return activeTargets;
    },
    /** Names of alerts that fire. */
    async firing(): Promise<string[]> {
      const { alerts: all } = await ask<{
        alerts: readonly { labels: { alertname: string }; state: string }[];
      }>('alerts');
      return [
        ...new Set(all.filter(({ state }) => state === 'firing').map(({ labels }) => labels.alertname)),
      ];
    },
  };
}
