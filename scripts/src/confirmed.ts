import { createInterface } from 'node:readline/promises';

import { UsageError } from './arguments';

/** Asks a question that only "y" or "yes" answers with yes. @throws UsageError where nobody can be asked */
export async function confirmed(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new UsageError('there is no terminal to ask on; add --yes');
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await prompt.question(`${question} [y/N] `)).trim());
  } finally {
    prompt.close();
  }
}
