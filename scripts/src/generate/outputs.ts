import { services, topicSpecifications, type ServiceName } from '@naru/contracts';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readEventSchemas } from '../events/schemas';
import { asyncApiYaml } from './asyncapi';
import { chartSchema, chartTopology, umbrellaSchema, type ObjectSchema } from './charts';
import { storesTopology } from './data-stores';
import { diagram } from './diagram';
import { eventTypes, type AvroRecord } from './events';
import { topicsYaml, usersYaml } from './kafka-resources';
import { keptPartitions, type Partitions } from './partitions';
import { alertRules } from './watch/alert-rules';
import { dashboards } from './watch/dashboards';

const PARTITIONS = 'services/contracts/partitions.json';
const LIBRARY_SCHEMA = 'charts/service-lib/service-values.schema.json';
const DIAGRAM_START = '<!-- generated: diagram -->';
const DIAGRAM_END = '<!-- /generated -->';

/** All generated files of the repository: path relative to its root → what it should hold. */
export function outputs(root: string): Map<string, string> {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  return new Map([
    [
      'services/contracts/src/generated/events.ts',
      eventTypes(readEventSchemas(root) as Map<string, AvroRecord>),
    ],
    [
      PARTITIONS,
      `${JSON.stringify(keptPartitions(partitionsOnFile(root), topicSpecifications()), null, 2)}\n`,
    ],
    ['strimzi/topics.yaml', topicsYaml()],
    ['strimzi/users.yaml', usersYaml()],
    ...charts(root),
    ['k8s/data-stores/topology.yaml', storesTopology()],
    ['docs/asyncapi.yaml', asyncApiYaml()],
    ['charts/naru/alerts.yaml', alertRules()],
    ...[...dashboards()].map(([name, json]): [string, string] => [`charts/naru/dashboards/${name}`, json]),
    ['README.md', between(readme, DIAGRAM_START, DIAGRAM_END, `\`\`\`mermaid\n${diagram()}\n\`\`\``)],
  ]);
}

function charts(root: string): [path: string, content: string][] {
  const library = JSON.parse(readFileSync(join(root, LIBRARY_SCHEMA), 'utf8')) as ObjectSchema;
  const names = Object.keys(services) as ServiceName[];
  return [
    ...names.flatMap((name): [string, string][] => [
      [`charts/${name}/topology.yaml`, chartTopology(name)],
      [`charts/${name}/values.schema.json`, chartSchema(name, library)],
    ]),
    ['charts/naru/values.schema.json', umbrellaSchema(library)],
  ];
}

function partitionsOnFile(root: string): Partitions {
  const file = join(root, PARTITIONS);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Partitions) : {};
}

function between(text: string, start: string, end: string, content: string): string {
  const from = text.indexOf(start);
  const to = text.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`README.md needs ${start} … ${end}`);
  return `${text.slice(0, from + start.length)}\n\n${content}\n\n${text.slice(to)}`;
}
