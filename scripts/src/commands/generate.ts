import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { parseFlags } from '../arguments';
import { repositoryDirectory } from '../platform';

export const summary = 'write what is generated from the contracts';

/** Writes every generated file that differs, and names it. */
export async function run(argv: readonly string[]): Promise<number> {
  if (parseFlags({}, argv).help) {
    console.log('Usage: npm run generate');
    return 0;
  }
  // Only here: what dashboards are made with is not in the tools' image, where the list of commands loads this file.
  const { outputs } = await import('../generate/outputs.js');
  for (const [path, content] of outputs(repositoryDirectory)) {
    const file = join(repositoryDirectory, path);
    if (existsSync(file) && readFileSync(file, 'utf8') === content) continue;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    console.log(`wrote ${path}`);
  }
  return 0;
}
