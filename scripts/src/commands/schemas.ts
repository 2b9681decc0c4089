import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { parseFlags } from '../arguments';
import { fetchSchemas, type SchemaSet } from '../kubernetes/schemas/sources';
import { repositoryDirectory } from '../platform';

export const summary = 'fetch the schemas that the charts are checked against';

const directory = join(repositoryDirectory, 'tests/charts/schemas');

/** Writes tests/charts/schemas anew. Needed only when a version in kubernetes/schemas/sources.ts changes. */
export async function run(argv: readonly string[]): Promise<number> {
  if (parseFlags({}, argv).help) {
    console.log('Usage: npm run schemas');
    return 0;
  }
  const sets = await fetchSchemas();
  mkdirSync(directory, { recursive: true });
  for (const file of readdirSync(directory)) rmSync(join(directory, file));
  for (const [name, set] of sets) {
    writeFileSync(join(directory, `${name}.json`), textOf(set));
    console.log(`wrote ${name}.json: ${Object.keys(set.resources).length} kinds`);
  }
  return 0;
}

/** One schema a line: small, and a change shows where it is. */
function textOf({ resources, definitions }: SchemaSet): string {
  const lines = (record: object) =>
    Object.entries(record)
      .map(([name, schema]) => `${JSON.stringify(name)}:${JSON.stringify(schema)}`)
      .join(',\n');
  return `{"resources":{\n${lines(resources)}\n},"definitions":{\n${lines(definitions)}\n}}\n`;
}
