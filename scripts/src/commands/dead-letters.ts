import type { Connections } from '@naru/operations';

import { describeFlags, parseFlagsAndWords, UsageError, type Flags, type Values } from '../arguments';
import { withConnections } from '../connections';
import { list, listFlags, show } from '../dead-letters/letters';
import { discard, listParkedKeys, parkedFlags, release, releaseFlags } from '../dead-letters/parked';
import { redriveFlags, redriveLetters } from '../dead-letters/redrive';
import { sourceFlags, sourcesOf } from '../sources';
import { StopSignals } from '../stop-signals';

export const summary = 'lists and redrives dead letters, lists and releases parked keys';

interface Action {
  readonly usage: string;
  readonly summary: string;
  readonly flags: Flags;
  /** How many words may, and how many must, come after the action's name. */
  readonly words: { readonly min: number; readonly max: number };
  run(argv: readonly string[]): Promise<number>;
}

function action<F extends Flags>(
  usage: string,
  told: string,
  own: F,
  words: Action['words'],
  work: (connections: Connections, values: Values<F>, words: readonly string[]) => Promise<number>,
): Action {
  const flags = { ...own, ...sourceFlags };
  return {
    usage,
    summary: told,
    flags,
    words,
    async run(argv) {
      const { values, words: given } = parseFlagsAndWords(flags, argv, words.max);
      if (values.help) {
        console.log(`Usage: npm run dead-letters -- ${usage} [flags]\n\n${told}\n\n${describeFlags(flags)}`);
        return 0;
      }
      if (given.length < words.min) throw new UsageError(`usage: ${usage}`);
      const sources = sourcesOf(values as Values<typeof sourceFlags>);
      return withConnections(sources, (connections) => work(connections, values as Values<F>, given));
    },
  };
}

const none = { min: 0, max: 0 };
const one = { min: 1, max: 1 };

const actions = new Map<string, Action>([
  ['list', action('list', 'dead letters, oldest first', listFlags, none, list)],
  [
    'show',
    action('show ID', 'a dead letter with its headers and payload', {}, one, (connections, _, [id]) =>
      show(connections, id as string),
    ),
  ],
  [
    'redrive',
    action(
      'redrive',
      'sends dead letters to their topic again',
      redriveFlags,
      none,
      withStopSignal(redriveLetters),
    ),
  ],
  ['parked', action('parked', 'keys that are parked', parkedFlags, none, listParkedKeys)],
  [
    'release',
    action(
      'release [ID]',
      'lets parked keys be handled again, in order',
      releaseFlags,
      { min: 0, max: 1 },
      (connections, values, [id]) => release(connections, id, values),
    ),
  ],
  [
    'discard',
    action(
      'discard ID',
      'makes the record that stops a key a dead letter; the key goes on',
      {},
      one,
      (connections, _, [id]) => discard(connections, id as string),
    ),
  ],
]);

/** The exit code is the action's; 2 says that the command line is not understood. */
export async function run(argv: readonly string[]): Promise<number> {
  const [name = '--help', ...rest] = argv;
  if (name === '--help' || name === '-h') {
    const width = Math.max(...[...actions.values()].map(({ usage }) => usage.length));
    const lines = [...actions.values()].map((known) => `  ${known.usage.padEnd(width)}  ${known.summary}`);
    console.log(['Usage: npm run dead-letters -- ACTION [flags]', '', ...lines].join('\n'));
    return 0;
  }
  const chosen = actions.get(name);
  if (!chosen) throw new UsageError(`"${name}" is no action: ${[...actions.keys()].join(', ')}`);
  return chosen.run(rest);
}

/** Ctrl-C ends the work after what is at hand. */
function withStopSignal<V>(
  work: (connections: Connections, values: V, signal: AbortSignal) => Promise<number>,
): (connections: Connections, values: V) => Promise<number> {
  return async (connections, values) => {
    const stop = new StopSignals();
    try {
      return await work(connections, values, stop.first);
    } finally {
      stop.close();
    }
  };
}
