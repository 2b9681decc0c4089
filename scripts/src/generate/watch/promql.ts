import { consumerGroup, services } from '@naru/contracts';
import { spanAttributes } from '@naru/kernel';

/** The scrape job of everything of Naru's, locally and on a cluster. */
const JOB = 'job="naru"';

/** OpenTelemetry's attributes as labels. */
export const labels = {
  topic: asLabel(spanAttributes.destination),
  partition: asLabel(spanAttributes.partition),
  group: asLabel(spanAttributes.group),
} as const;

/** The variables of dashboards, as they are used in queries. Of several services chosen, Grafana makes a pattern. */
export const chosen = {
  service: 'service=~"$service"',
  /** The same for what Kafka tells, which knows groups rather than services. */
  group: `consumergroup=~"${consumerGroup('$service')}"`,
  topic: 'topic=~"$topic"',
} as const;

/** Requests of clients and other services, without what machinery asks every few seconds. */
export const ofClients = 'http_route!~"/health/.*|/metrics"';

/** Services that have an outbox; the gauges of the others always say 0. */
export const ofRelays = `service=~"${Object.entries(services)
  .filter(([, { database }]) => database)
  .map(([name]) => name)
  .join('|')}"`;

/** A metric of Naru's services: what other programs of a cluster measure under the same name is left out. */
export function own(name: string, ...matchers: readonly string[]): string {
  return `${name}{${[JOB, ...matchers].join(', ')}}`;
}

/** A metric that several processes may tell alike, once. */
export function once(by: readonly string[], selector: string): string {
  return `max by (${by.join(', ')}) (${selector})`;
}

export function matching(name: string, ...matchers: readonly string[]): string {
  return `${name}{${matchers.join(', ')}}`;
}

/** Over the window that Grafana finds fitting; alerts name theirs. */
export function rate(selector: string, window = '$__rate_interval'): string {
  return `rate(${selector}[${window}])`;
}

export function sumBy(by: readonly string[], vector: string): string {
  return `sum by (${by.join(', ')}) (${vector})`;
}

export function quantile(of: number, by: readonly string[], histogram: (suffix: string) => string): string {
  return `histogram_quantile(${of}, ${sumBy([...by, 'le'], rate(histogram('_bucket')))})`;
}

/** Zero rather than nothing, where there is nothing of what is seldom. */
export function orZero(vector: string): string {
  // Without `on ()` there would be a zero without labels beside series that have some.
  return `(${vector}) or on () vector(0)`;
}

/** The same vector under other names of labels, so that it can be joined with one that has those. */
export function renamed(vector: string, names: Readonly<Record<string, string>>): string {
  return Object.entries(names).reduce(
    (inner, [from, to]) => `label_replace(${inner}, "${to}", "$1", "${from}", "(.+)")`,
    vector,
  );
}

function asLabel(attribute: string): string {
  return attribute.replaceAll('.', '_');
}
