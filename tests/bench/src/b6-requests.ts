import { Agent, request } from 'node:http';
import { arrivals } from '@naru/testing';

/** Far above what is under way when all goes well; reaching it means that the platform does not keep up. */
const IN_FLIGHT_MAX = 1_000;

export interface Requests {
  /** Answered as they should be, so far. */
  accepted(): number;
  /** Time from when each request was due to its answer, of those due from a moment to another. */
  latencies_ms(from_ms: number, until_ms: number): number[];
  setRate(rate_per_s: number): void;
  /** @returns answers of another status, and requests that were never sent */
  stop(): Promise<{ failed: number; heldBack: number }>;
}

export interface Sender {
  readonly url: string;
  readonly accepted: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: (sequence: number) => object;
}

/** The same POST over and over at a given rate, whatever becomes of those before. Moments are performance.now's. */
export function startRequests(
  { url, accepted: wanted, headers, body }: Sender,
  rate_per_s: number,
): Requests {
  const agent = new Agent({ keepAlive: true });
  const answers: { due_ms: number; latency_ms: number }[] = [];
  const ending = new AbortController();
  let rate = rate_per_s;
  let accepted = 0;
  let failed = 0;
  const done = arrivals({
    rate_per_s: () => rate,
    inFlightMax: IN_FLIGHT_MAX,
    signal: ending.signal,
    async send(sequence, due_ms) {
      const status = await post(url, agent, body(sequence), headers).catch(() => 0);
      answers.push({ due_ms, latency_ms: performance.now() - due_ms });
      if (status === wanted) accepted++;
      else failed++;
    },
  });
  return {
    accepted: () => accepted,
    latencies_ms: (from_ms, until_ms) =>
      answers.filter(({ due_ms }) => due_ms >= from_ms && due_ms < until_ms).map((each) => each.latency_ms),
    setRate: (next) => (rate = next),
    async stop() {
      ending.abort();
      const { heldBack } = await done;
      agent.destroy();
      return { failed, heldBack };
    },
  };
}

function post(url: string, agent: Agent, value: object, more: Sender['headers'] = {}): Promise<number> {
  const body = JSON.stringify(value);
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...more,
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: 'POST', agent, headers }, (answer) => {
      answer.once('end', () => resolve(answer.statusCode ?? 0)).once('error', reject);
      answer.resume();
    });
    outgoing.once('error', reject).end(body);
  });
}
