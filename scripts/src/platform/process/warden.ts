import { createInterface } from 'node:readline';

import { signalGroup, type ProcessIdentity } from './identity';

/**
 * A process of its own that outlives the platform by a moment: when its standard input ends, the platform is
 * gone, however it died, and what it left running is killed. Input: a line of JSON per process.
 */
export type WardenLine = { readonly watch: ProcessIdentity } | { readonly forget: number };

const watched = new Map<number, ProcessIdentity>();
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const order = JSON.parse(line) as WardenLine;
  if ('watch' in order) watched.set(order.watch.pid, order.watch);
  else watched.delete(order.forget);
});
lines.on('close', () => {
  for (const identity of watched.values()) signalGroup(identity, 'SIGKILL');
});
// Ctrl-C and a closed terminal are the platform's to act on.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
