import type { Command, Outcome } from './types';

type TypeName = 'string' | 'number';

const attempt: Readonly<Record<string, TypeName>> = {
  outcome: 'string',
  sentAt_ms: 'number',
  latency_ms: 'number',
  status: 'number',
};
/** What the effect of a command of each kind is found by. */
const identity: Readonly<Record<Command['kind'], Readonly<Record<string, TypeName>>>> = {
  'sign-up': { email: 'string' },
  board: { userId: 'number', title: 'string' },
  rename: { userId: 'number', name: 'string' },
  order: { customerId: 'string' },
};
const outcomes: readonly string[] = ['ok', 'fail', 'unknown'] satisfies readonly Outcome[];

/**
 * Reads a history as it was written by JSON.stringify.
 * @throws Error naming the first command that is none: a history that is half understood would judge wrongly
 */
export function parseHistory(text: string): Command[] {
  const commands: unknown = JSON.parse(text);
  if (!Array.isArray(commands)) throw new Error('a history is a JSON array of commands');
  commands.forEach((command: unknown, index) => {
    if (!isCommand(command)) throw new Error(`command ${index} is none: ${JSON.stringify(command)}`);
  });
  return commands as Command[];
}

function isCommand(value: unknown): value is Command {
  if (typeof value !== 'object' || value === null) return false;
  const command = value as Record<string, unknown>;
  const kind = String(command['kind']);
  if (!Object.hasOwn(identity, kind) || !outcomes.includes(String(command['outcome']))) return false;
  const fields = { ...attempt, ...identity[kind as Command['kind']] };
  return Object.entries(fields).every(([name, type]) => typeof command[name] === type);
}
