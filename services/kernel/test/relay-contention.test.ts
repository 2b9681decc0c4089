import type { Broker } from '@naru/kernel';
import { eventually, recordsOf, testBroker } from '@naru/testing';
import { kit, signedUp, type Kit } from './harness';

const KEYS = 8;
const ROUNDS_ALONE = 10;
const ROUNDS_MAX = 2_000;
const REPEATS = 50;
const ROBBERY_INTERVAL_MS = 50;

let naru: Kit;
let others: Broker[];
beforeEach(async () => {
  naru = await kit();
  others = [testBroker(), testBroker()];
});
afterEach(async () => {
  await naru.close();
  await Promise.all(others.map((broker) => broker.disconnect()));
});

/** Leaves no trace of who relays, so that each relay takes all buckets when it next renews, and keeps to them until then. */
async function robLeases() {
  await naru.database('outbox_relay').delete();
  await naru.database('outbox_lease').update({ owner: 'nobody', expires_at: '2000-01-01' });
}

type CountingRelay = ReturnType<typeof countingRelay>;

/** A relay of another process, and how many records it has sent. */
function countingRelay(broker: Broker) {
  const sent = { records: 0 };
  const relay = naru.anotherRelay({
    produce: async (topic, partition, records) => {
      const offsets = await broker.produce(topic, partition, records);
      sent.records += records.length;
      return offsets;
    },
  });
  return { relay, sent };
}

test('promise 4: two relays that both hold every lease repeat records, lose none, and keep the order of each key', async () => {
  const [first, second] = others.map(countingRelay) as [CountingRelay, CountingRelay];
  let robberies = 0;
  let robbing = true;
  const robber = (async () => {
    for (; robbing; robberies++) {
      await robLeases();
      await new Promise((resolve) => setTimeout(resolve, ROBBERY_INTERVAL_MS));
    }
  })();
  first.relay.start();

  let appended = 0;
  const repeats = () => first.sent.records + second.sent.records - appended;
  for (let round = 0; repeats() < REPEATS; round++) {
    expect(round).toBeLessThan(ROUNDS_MAX);
    // Robbed since it took them, the first believes to have all leases while the second takes them too.
    if (round === ROUNDS_ALONE) {
      const since = robberies;
      await eventually('the first has been robbed', () => robberies > since + 1);
      second.relay.start();
    }
    const drafts = Array.from({ length: KEYS }, (_, key) => signedUp(key + 1, `${key + 1}: ${round}`));
    await naru.append(drafts);
    appended += drafts.length;
  }
  await naru.drained(30_000);
  robbing = false;
  await robber;

  const rows = await naru
    .database<{ id: number; ordering_key: Buffer; event_id: string }>('outbox')
    .orderBy('id')
    .select('ordering_key', 'event_id');
  const expected = new Map<string, string[]>();
  for (const { ordering_key, event_id } of rows) push(expected, String(ordering_key), event_id);
  const found = new Map<string, string[]>();
  const records = await recordsOf(naru.broker, naru.topic);
  for (const { key, headers } of records) {
    const id = String(headers.find(([name]) => name === 'ce_id')?.[1]);
    if (!found.get(String(key))?.includes(id)) push(found, String(key), id);
  }
  expect(found).toEqual(expected);
  expect(records.length).toBeGreaterThan(rows.length);
});

function push(lists: Map<string, string[]>, key: string, value: string) {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
