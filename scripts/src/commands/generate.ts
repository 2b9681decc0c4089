import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { parseFlags } from '../arguments';
import { outputs } from '../generate/outputs';
import { repositoryDirectory } from '../platform';

export const summary = 'write what is generated from the contracts';

/** Writes every generated file that differs, and names it. */
export async function run(argv: readonly string[]): Promise<number> {
  if (parseFlags({}, argv).help) {
    console.log('Usage: npm run generate');
    return 0;
  }
  for (const [path, content] of outputs(repositoryDirectory)) {
    const file = join(repositoryDirectory, path);
    if (existsSync(file) && readFileSync(file, 'utf8') === content) continue;
    writeFileSync(file, content);
    console.log(`wrote ${path}`);
  }
  return 0;
}
