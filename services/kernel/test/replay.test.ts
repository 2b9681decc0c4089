import { deadLetterHeaders, eventHeaders } from '@naru/contracts';
import {
  fromRecordLine,
  headerText,
  InfrastructureError,
  PermanentError,
  restoration,
  toRecordLine,
  transactional,
  type AnyHandler,
  type CapturedEffect,
  type IncomingRecord,
  type ReplayAssembly,
  type ReplayInput,
  type ReplayOutput,
} from '@naru/kernel';
import { replay } from '../src/replay/replay';
import { eventHeadersOf, kit, record, signedUp, type Kit } from './harness';

let naru: Kit;
let effects: CapturedEffect[];
let givenUp: string[];
let written: ReplayOutput[];

beforeEach(async () => {
  naru = await kit(['user.signed-up', 'user.updated']);
  effects = [];
  givenUp = [];
  written = [];
});
afterEach(() => naru.close());

let offset = 0n;
function input(
  userId: number,
  about: Partial<ReplayInput> & { type?: string; partition?: number } = {},
): ReplayInput {
  const { type = 'user.signed-up', partition = 0, isHistory = false, ...more } = about;
  const value = { userId, name: `user ${userId}`, email: 'a@example.com', version: 1 };
  const sent = record(value, eventHeadersOf(`event-${userId}`, type), String(userId));
  const incoming: IncomingRecord = {
    ...sent,
    topic: naru.topic,
    partition,
    offset: offset++,
    timestamp_ms: 0,
  };
  return { record: toRecordLine(incoming), isHistory, ...more };
}

async function run(
  handlers: readonly AnyHandler[],
  inputs: readonly ReplayInput[],
  assembly: ReplayAssembly = {},
) {
  async function* lines() {
    for (const each of inputs) yield JSON.stringify(each);
  }
  const parts = {
    ...naru.groupParts('unused', handlers),
    name: 'email' as const,
    assembly,
    takeEffects: () => effects.splice(0),
    onGivenUp: (eventId: string, reason: string) => void givenUp.push(`${eventId}: ${reason}`),
  };
  await replay(parts, lines(), async (output) => void written.push(output));
}

const told = () =>
  written.flatMap((output) =>
    output.kind === 'told' ? [{ record: fromRecordLine(output.record), isHistory: output.isHistory }] : [],
  );

test('records are handled in the batches of their partitions, and what is appended is told, not published', async () => {
  const batches: number[][] = [];
  const retold = transactional(['user.signed-up'], async (trx, events) => {
    batches.push(events.map(({ data }) => data.userId));
    await naru.outbox.append(
      trx,
      events.map(({ data }) => signedUp(data.userId + 100)),
    );
  });
  await run(
    [retold],
    [input(1, { isHistory: true }), input(2), input(3), input(4, { partition: 1 }), input(5)],
  );
  expect(batches).toEqual([[1], [2, 3], [4], [5]]);
  const outcome = told().map((each) => [each.record.key?.toString(), each.isHistory]);
  expect(outcome).toEqual([
    ['101', true],
    ['102', false],
    ['103', false],
    ['104', false],
    ['105', false],
  ]);
  expect(written[0]).toMatchObject({
    kind: 'needs',
    service: 'email',
    handledTopics: [naru.topic],
    restored: [],
  });
  expect(written.at(-1)).toEqual({ kind: 'end', records: 5 });
  expect(await naru.broker.offsetRange({ topic: naru.topic, partition: 0 })).toEqual({ low: 0n, high: 0n });
});

test('a record that fails is a dead letter at once, its neighbours are handled', async () => {
  let attempts = 0;
  const picky = transactional(['user.signed-up'], async (_, events) => {
    if (events.every(({ data }) => data.userId !== 2)) return;
    attempts++;
    throw new PermanentError('no-two', 'two is refused');
  });
  await run([picky], [input(1), input(2), input(3)]);
  const [letter] = told();
  expect(told()).toHaveLength(1);
  expect(letter?.record.topic).toBe(naru.topics[naru.topic]?.deadLetterTopic);
  expect(headerText(letter?.record.headers ?? [], deadLetterHeaders.exceptionName)).toBe(
    'PermanentError:no-two',
  );
  expect(headerText(letter?.record.headers ?? [], eventHeaders.id)).toBe('event-2');
  // Once in the batch, once alone.
  expect(attempts).toBe(2);
});

test('what does not answer ends the replay, and is no dead letter', async () => {
  const asking = transactional(['user.signed-up'], async () => {
    throw new InfrastructureError('redis', 'nobody is there');
  });
  await expect(run([asking], [input(1)])).rejects.toThrow('nobody is there');
  expect(told()).toEqual([]);
  expect(written.map(({ kind }) => kind)).toEqual(['needs']);
});

test('own events are restored from, in their place, and the service settles after each batch', async () => {
  const heard: string[] = [];
  const handler = transactional(['user.signed-up'], async (_, events) => {
    heard.push(...events.map(({ data }) => `handled ${data.userId}`));
  });
  const assembly: ReplayAssembly = {
    restorations: [
      restoration('given', ['user.updated'], async (_, events) => {
        heard.push(...events.map(({ data }) => `restored ${data.userId}`));
      }),
    ],
    async settle() {
      heard.push('settled');
      effects.push({ dependency: 'smtp', action: 'send', details: {} });
    },
    dependsOnOtherKeys: true,
    caveats: ['none'],
  };
  const own = { type: 'user.updated', isHistory: true };
  await run([handler], [input(1, own), input(2, { givenUp: 'no such mailbox' }), input(3, own)], assembly);
  expect(heard).toEqual(['restored 1', 'settled', 'handled 2', 'settled', 'restored 3', 'settled']);
  expect(givenUp).toEqual(['event-2: no such mailbox']);
  expect(written).toMatchObject([
    { restored: ['user.updated'], given: ['user.updated'], dependsOnOtherKeys: true, caveats: ['none'] },
    { kind: 'effect', isHistory: true },
    { kind: 'effect', isHistory: false },
    { kind: 'effect', isHistory: true },
    { kind: 'end' },
  ]);
});

test('a record that cannot be read is a dead letter, as it is live', async () => {
  const nothing = transactional(['user.signed-up'], async () => undefined);
  const broken = input(1);
  const value = Buffer.from('{').toString('base64');
  await run([nothing], [{ ...broken, record: { ...broken.record, value } }]);
  expect(headerText(told()[0]?.record.headers ?? [], deadLetterHeaders.exceptionName)).toBe(
    'PoisonError:not-json',
  );
});
