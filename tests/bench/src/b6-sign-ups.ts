import { Agent, request } from 'node:http';
import { arrivals } from '@naru/testing';

/** Far above what is under way when all goes well; reaching it means that the platform does not keep up. */
const IN_FLIGHT_MAX = 1_000;

export interface SignUps {
  /** Answered 204 so far. */
  accepted(): number;
  /** Time from when each request was due to its answer, of those due from a moment to another. */
  latencies_ms(from_ms: number, until_ms: number): number[];
  setRate(rate_per_s: number): void;
  /** @returns answers other than 204, and requests that were never sent */
  stop(): Promise<{ failed: number; heldBack: number }>;
}

/** People who sign up at a given rate, whatever becomes of those before them. Moments are performance.now's. */
export function startSignUps(gatewayUrl: string, series: string, rate_per_s: number): SignUps {
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
      const status = await signUp(gatewayUrl, agent, `${series}-${sequence}`).catch(() => 0);
      answers.push({ due_ms, latency_ms: performance.now() - due_ms });
      if (status === 204) accepted++;
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

function signUp(gatewayUrl: string, agent: Agent, name: string): Promise<number> {
  const body = JSON.stringify({ email: `${name}@example.com`, name, password: 'crossing-the-river' });
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${gatewayUrl}/api/users/sign-up`,
      { method: 'POST', agent, headers },
      (answer) => {
        answer.once('end', () => resolve(answer.statusCode ?? 0)).once('error', reject);
        answer.resume();
      },
    );
    outgoing.once('error', reject).end(body);
  });
}
