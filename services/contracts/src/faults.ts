import { readFile } from 'node:fs/promises';

/**
 * Faults of systems that are not Naru's, which the local platform stands in for. Those that are on are the names in
 * a JSON array in a file; what stands in reads it each time.
 */
export const faults = {
  'payments-declined': 'The payment provider declines every payment',
  'payments-unanswered': 'The payment provider gives no answer; half of what it is asked it does',
  'mail-slow': 'The mail server takes three seconds for each recipient',
} as const;

export type FaultName = keyof typeof faults;

/**
 * The faults that are on at the moment.
 * @param file a JSON array of their names; none are on without a file, or while it is not there
 */
export async function activeFaults(file: string | undefined): Promise<ReadonlySet<FaultName>> {
  if (file === undefined) return new Set();
  try {
    const names = JSON.parse(await readFile(file, 'utf8')) as string[];
    return new Set(names.filter((name): name is FaultName => Object.hasOwn(faults, name)));
  } catch {
    return new Set();
  }
}
