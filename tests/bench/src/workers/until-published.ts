import type { Metrics } from '@naru/kernel';

const LOOK_MS = 2;
const DEADLINE_MS = 120_000;

/** Waits until the relay has counted so many rows as acknowledged and marked. */
export async function untilPublished({ published }: Metrics, topic: string, rows: number): Promise<void> {
  const end_ms = performance.now() + DEADLINE_MS;
  for (;;) {
    const { values } = await published.get();
    const count = values.find(({ labels }) => labels.messaging_destination_name === topic)?.value ?? 0;
    if (count >= rows) return;
    if (performance.now() > end_ms) throw new Error(`${count} of ${rows} rows were published`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
