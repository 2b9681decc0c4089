import { InfrastructureError, PermanentError, type EffectHandler, type Event } from '@naru/kernel';
import { eventually, recordsOf, uniqueName } from '@naru/testing';
import { eventHeadersOf, kit, record, type Kit } from './harness';

type SignedUp = Event<'user.signed-up'>;
const quick = { attempts: 3, delay_ms: 10 };

let naru: Kit;
let group: string;
let calls: string[];
beforeEach(async () => {
  naru = await kit();
  group = uniqueName('group');
  calls = [];
  naru.relay.start();
});
afterEach(() => naru.close());

/** Claims by a row, calls what the test says, marks by the row's name. */
function effect(
  call: EffectHandler<'user.signed-up'>['call'],
  deadline_ms = 5_000,
): EffectHandler<'user.signed-up'> {
  return {
    kind: 'effect',
    types: ['user.signed-up'],
    dependency: 'smtp',
    deadline_ms,
    async claim(database, { id, data }) {
      const row = await database('effects').where({ event_id: id }).first('name');
      if (row?.name === 'done') return 'done';
      await database('effects')
        .insert({ event_id: id, user_id: data.userId, name: 'claimed' })
        .onConflict()
        .ignore();
      return 'claimed';
    },
    async call(event, signal) {
      calls.push(event.id);
      await call(event, signal);
    },
    async mark(trx, { id }) {
      await trx('effects').where({ event_id: id }).update({ name: 'done' });
    },
    async fail(trx, { id }, error) {
      await trx('effects')
        .where({ event_id: id })
        .update({ name: `failed: ${String(error)}` });
    },
  };
}

/** The slow one waits for the gate; whoever is called before that is done did not wait for it. */
const heldUp = (gate: Promise<void>) =>
  effect(async ({ id }: SignedUp) => {
    if (id !== 'slow') return;
    await gate;
    calls.push('slow is done');
  });

const userOf = (id: string, userId: number) =>
  record({ userId, name: 'n', email: 'a@example.com', version: 1 }, eventHeadersOf(id), String(userId));

const produce = (...records: ReturnType<typeof userOf>[]) => naru.broker.produce(naru.topic, 0, records);

const progress = async () =>
  Number((await naru.database('consumer_progress').where({ partition_number: 0 }).first())?.next_offset);

const state = async () => new Map((await naru.effects()).map(({ event_id, name }) => [event_id, name]));

test('each event is claimed, called and marked, and a repeat is a duplicate', async () => {
  await naru.consumer(group, [effect(async () => {})], quick).start();
  await produce(userOf('a', 1), userOf('b', 2));
  await eventually('both done', async () => (await progress()) === 2);
  await produce(userOf('a', 1));
  await eventually('the repeat is passed', async () => (await naru.consumed('duplicate')) === 1);
  expect(calls.sort()).toEqual(['a', 'b']);
  expect(await state()).toEqual(
    new Map([
      ['a', 'done'],
      ['b', 'done'],
    ]),
  );
});

test('keys run side by side, a key in order, and progress waits for the slowest before it', async () => {
  let release = () => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  await naru.consumer(group, [heldUp(gate)], quick).start();
  await produce(
    userOf('first', 1),
    userOf('slow', 2),
    userOf('other', 3),
    userOf('behind', 2),
    userOf('last', 4),
  );
  await eventually('the others are called', () => calls.includes('last') && calls.includes('other'));
  await eventually('progress stands before the slow one', async () => (await progress()) === 1);
  expect(calls).not.toContain('behind');
  release();
  await eventually('all done', async () => (await progress()) === 5);
  expect(calls.indexOf('slow is done')).toBeLessThan(calls.indexOf('behind'));
});

test('records without a key keep their order, beside those of keys', async () => {
  let release = () => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  await naru.consumer(group, [heldUp(gate)], quick).start();
  const keyless = (id: string) => ({ ...userOf(id, 1), key: null });
  await produce(keyless('slow'), keyless('behind'), userOf('last', 4));
  await eventually('the key’s is called', () => calls.includes('last'));
  await eventually('its effect is marked', async () => (await state()).get('last') === 'done');
  expect(calls).not.toContain('behind');
  release();
  await eventually('all done', async () => (await progress()) === 3);
  expect(calls.indexOf('slow is done')).toBeLessThan(calls.indexOf('behind'));
});

test('infrastructure is waited out, however often; a missed deadline is infrastructure too', async () => {
  let tries = 0;
  const call = (_: SignedUp, signal: AbortSignal): Promise<void> => {
    if (++tries <= 3) return Promise.reject(new InfrastructureError('smtp', 'refused'));
    if (tries > 4) return Promise.resolve();
    return new Promise((_resolve, reject) =>
      signal.addEventListener('abort', () => reject(new Error('aborted'))),
    );
  };
  await naru.consumer(group, [effect(call, 200)], { attempts: 1, delay_ms: 1 }).start();
  await produce(userOf('a', 1));
  await eventually('done', async () => (await state()).get('a') === 'done');
  expect(tries).toBe(5);
  expect(await naru.consumed('dead-lettered')).toBe(0);
});

test('a permanent failure becomes a dead letter after the retries, and its neighbours go through', async () => {
  const call = ({ id }: SignedUp) =>
    id === 'bad' ? Promise.reject(new PermanentError('mail-refused', '550')) : Promise.resolve();
  await naru.consumer(group, [effect(call)], quick).start();
  await produce(
    userOf('before', 1),
    userOf('bad', 2),
    userOf('after', 3),
    record('not JSON', eventHeadersOf('p')),
  );
  const letters = await eventually('two dead letters', async () => {
    const found = await recordsOf(naru.broker, `${naru.topic}.dlt`);
    return found.length === 2 && found;
  });
  expect(letters.map(({ value }) => String(value))).toContain('not JSON');
  expect(calls.filter((id) => id === 'bad')).toHaveLength(quick.attempts);
  expect(await state()).toEqual(
    new Map([
      ['before', 'done'],
      ['bad', 'failed: PermanentError: 550'],
      ['after', 'done'],
    ]),
  );
  await eventually('progress is past all', async () => (await progress()) === 4);
});

test('a claim that another process holds is waited for and uses no retry', async () => {
  const handler = effect(async () => {});
  let held = 3;
  const claim: typeof handler.claim = async (database, event) =>
    held-- > 0 ? 'held' : handler.claim(database, event);
  await naru.consumer(group, [{ ...handler, claim }], { attempts: 1, delay_ms: 1 }).start();
  await produce(userOf('a', 1));
  await eventually('done', async () => (await state()).get('a') === 'done');
  expect(await naru.consumed('retried')).toBe(0);
});

test('stopping waits for the call of a partition that was taken away just before', async () => {
  let release = () => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  const held = heldUp(gate);
  const slowToMark: typeof held = {
    ...held,
    async mark(trx, event) {
      await trx.raw('DO SLEEP(2)');
      await held.mark(trx, event);
    },
  };
  const leaving = naru.consumer(group, [slowToMark], quick);
  await leaving.start();
  await produce(userOf('slow', 1));
  await eventually('the call is under way', () => calls.includes('slow'));
  const next = naru.consumer(group, [{ ...held, claim: async () => 'held' as const }], quick);
  await next.start();
  await eventually('partitions are taken away', () => next.assigned().length > 0);
  const stopped = leaving.stop();
  release();
  await stopped;
  expect(await state()).toEqual(new Map([['slow', 'done']]));
});
