import { monotonic_ms } from './arrival-clock';

interface Ack {
  readonly sent_ms: number;
  readonly acked_ms: number;
}

const ACKS_MAX = 20_000;

/** Notes when sends to each partition began and when they were acknowledged. */
export function createAcks() {
  const acks = new Map<number, Ack[]>();
  return {
    /** Runs one send. */
    async timed<T>(partition: number, send: () => Promise<T>): Promise<T> {
      const sent_ms = monotonic_ms();
      const answer = await send();
      const noted = acks.get(partition) ?? [];
      acks.set(partition, noted);
      noted.push({ sent_ms, acked_ms: monotonic_ms() });
      if (noted.length > ACKS_MAX) noted.shift();
      return answer;
    },
    /** @returns when the partition first acknowledged anything since then, or null */
    first: (partition: number, since_ms: number): number | null =>
      acks.get(partition)?.find(({ acked_ms }) => acked_ms > since_ms)?.acked_ms ?? null,
  };
}
