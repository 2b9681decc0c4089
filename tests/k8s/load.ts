import { createLoad, type Answered, type Mix } from '../chaos/src/load';
import { createRandom } from '../chaos/src/random';
import { soon } from './cluster';
import type { NaruOnKubernetes } from './naru';

/** Leaves two cores, which a whole Naru at rest uses the most of, time to start pods. */
export const RATE_PER_S = 4;
const AUTHORS = 6;
const usualMix: Mix = { 'sign-up': 10, board: 30, rename: 15, order: 20, read: 25 };
/** So many good answers say that requests are served. */
const FLOWING_MIN = 30;
const FLOWING_MS = 60_000;
let loads = 0;

/** What came of the requests that were sent while something was done. */
export interface UnderLoad {
  readonly answers: readonly Answered[];
  /** Requests that were not sent because too many were unanswered. */
  readonly heldBack: number;
}

export interface LoadSettings {
  readonly rate_per_s: number;
  readonly mix?: Mix;
}

/** Does something while clients go on sending. What they sent is added to Naru's history. */
export async function underLoad(
  naru: NaruOnKubernetes,
  { rate_per_s, mix = usualMix }: LoadSettings,
  work: (answers: readonly Answered[]) => Promise<void>,
): Promise<UnderLoad> {
  const answers: Answered[] = [];
  const label = `k8s-${Date.now().toString(36)}-${++loads}`;
  const load = createLoad({
    gatewayUrl: naru.gateway.url,
    pointUrl: naru.direct('point').url,
    productUrl: naru.direct('product').url,
    random: createRandom(loads),
    label,
    mix,
    onAnswer: (answer) => answers.push(answer),
  });
  await load.setUp(AUTHORS);
  answers.length = 0;
  const ending = new AbortController();
  const running = load.run(rate_per_s, ending.signal);
  try {
    await answered(answers);
    await work(answers);
  } finally {
    ending.abort();
    await running;
    naru.history.push(...load.history);
  }
  return { answers, heldBack: (await running).heldBack };
}

/** Waits until some more requests were answered well. */
export async function answered(answers: readonly Answered[], from = answers.length): Promise<void> {
  await soon('requests are answered', FLOWING_MS, async () => {
    return answers.slice(from).filter(({ outcome }) => outcome === 'ok').length >= FLOWING_MIN;
  });
}

export function count(answers: readonly Answered[], outcome: Answered['outcome']): number {
  return answers.filter((answer) => answer.outcome === outcome).length;
}

/** What was answered, such as `1812 ok, 78 fail (70 × order 503, 8 × read 429), 0 unknown`. */
export function told(answers: readonly Answered[]): string {
  const outcomes = ['ok', 'fail', 'unknown'] as const;
  return outcomes
    .map((outcome) => `${count(answers, outcome)} ${outcome}${reasons(answers, outcome)}`)
    .join(', ');
}

function reasons(answers: readonly Answered[], outcome: Answered['outcome']): string {
  if (outcome === 'ok') return '';
  const counts = new Map<string, number>();
  for (const answer of answers) {
    if (answer.outcome !== outcome) continue;
    const reason = `${answer.kind} ${answer.status === 0 ? 'without an answer' : answer.status}`;
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  const list = [...counts].map(([reason, times]) => `${times} × ${reason}`);
  return list.length === 0 ? '' : ` (${list.join(', ')})`;
}

/** The longest time in which no request was answered well, milliseconds. */
export function longestPause(answers: readonly Answered[]): number {
  const times = answers.filter(({ outcome }) => outcome === 'ok').map(({ at_ms }) => at_ms);
  times.sort((a, b) => a - b);
  return Math.max(0, ...times.slice(1).map((at_ms, index) => at_ms - (times[index] ?? at_ms)));
}
