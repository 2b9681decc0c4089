import { afterAll, beforeAll, expect } from '@jest/globals';
import { eventHeaders, topics, type ServiceName, type TopicDeclaration } from '@naru/contracts';
import { createKafkaBroker, createLog, headerText } from '@naru/kernel';
import { infrastructure, registries } from '@naru/scripts';
import { pause } from '../../services/kernel/src/wait';
import type { User } from '../support/client';
import { eventually } from '../support/eventually';
import { auditIsGreen } from './audit-is-green';
import { startNaru, type Naru } from './naru';
import { scenario } from './report';

const BETWEEN_REQUESTS_MS = 100;
const SETTLED_MS = 60_000;
const contents = ['application/avro', 'application/json'];

let naru: Naru;

beforeAll(async () => {
  naru = await startNaru({ parts: [...infrastructure, ...registries] });
}, 300_000);
afterAll(() => naru.stop(), 60_000);

scenario(
  'from JSON to Avro and back under load, a service at a time, while the registry dies and comes back: nothing is lost',
  [{ source: 'E', promise: 'events are Avro, with a schema registry' }],
  async (record) => {
    const { platform } = naru;
    const signedUp: string[] = [];
    const boards: number[] = [];
    const authors: User[] = [];
    for (let author = 0; author < 3; author++) authors.push(await naru.newUser());
    const load = new AbortController();
    // A service that restarts, or has no schema to write by yet, refuses; what it says yes to counts.
    const steadily = async (request: (count: number) => Promise<void>) => {
      for (let count = 0; !load.signal.aborted; count++) {
        await request(count).catch(() => undefined);
        await pause(BETWEEN_REQUESTS_MS);
      }
    };
    const loads = [
      steadily(async (count) => {
        const person = { email: `flip-${count}@example.com`, name: 'F', password: 'long-enough-password' };
        const { status } = await naru.gateway.post('/api/users/sign-up', person);
        if (status === 204) signedUp.push(person.email);
      }),
      ...authors.map((author) =>
        steadily(async () => {
          const { status, headers } = await author.client.post('/api/boards', { title: 'f', content: 'f' });
          if (status === 204) boards.push(Number(headers.get('location')?.split('/').pop()));
        }),
      ),
    ];
    const goesOn = async (what: string, done: readonly unknown[]) => {
      const before = done.length;
      await eventually(`${what} are taken again`, () => done.length > before + 5, SETTLED_MS);
    };
    const restart = async (service: ServiceName, encoding: 'json' | 'avro') => {
      await platform.service(service).stop();
      await platform.service(service).start({ EVENT_ENCODING: encoding });
    };

    await goesOn('sign-ups', signedUp);
    await goesOn('boards', boards);
    await restart('user', 'avro');
    await goesOn('sign-ups', signedUp);
    await platform.registry.kill();
    // Its ids are in its database: it publishes on, after a restart too.
    await restart('user', 'avro');
    await goesOn('sign-ups', signedUp);
    // The board service has none yet. It runs, takes nothing, and says so.
    await restart('board', 'avro');
    const refused = await eventually('boards are refused for want of a schema', async () => {
      const answer = await authors[0]!.client.post('/api/boards', { title: 'f', content: 'f' });
      return answer.status === 503 && answer;
    });
    expect(refused.headers.get('retry-after')).not.toBeNull();
    await platform.registry.start();
    await goesOn('boards', boards);
    await restart('point', 'avro');
    await restart('user', 'json');
    await goesOn('sign-ups', signedUp);
    await goesOn('boards', boards);
    load.abort();
    await Promise.all(loads);

    const settled = async (table: string, column: string, values: readonly (string | number)[]) => {
      const rows = await naru
        .database(table)
        .whereIn(column, [...values])
        .distinct(column);
      return rows.length === values.length;
    };
    const ids = (await naru
      .database('naru_user.users')
      .whereIn('email', signedUp)
      .pluck('user_id')) as number[];
    expect(ids).toHaveLength(signedUp.length);
    await eventually(
      'every acknowledged sign-up and board has its effects',
      async () =>
        (await settled('naru_board.users', 'user_id', ids)) &&
        (await settled(
          'naru_point.entries',
          'entry_key',
          ids.map((id) => `signup:${id}`),
        )) &&
        (await settled('naru_point.deductions', 'board_id', boards)) &&
        (await settled('naru_user.score_entries', 'board_id', boards)),
      SETTLED_MS,
    );
    await auditIsGreen(naru);

    const found = await readTopics();
    expect(found.get('user.signed-up')).toEqual(new Set(contents));
    expect(found.get('board.created')).toEqual(new Set(contents));
    for (const { deadLetterTopic } of Object.values(topics))
      expect(found.get(deadLetterTopic)).toEqual(new Set());
    record.effect(
      `${signedUp.length} sign-ups and ${boards.length} boards were acknowledged and have their effects; both content ` +
        'types are in the topics; the audit is green and no dead letter was written',
    );
  },
  300_000,
);

/** The content types of what each topic, and each dead-letter topic, holds. */
async function readTopics(): Promise<Map<string, Set<string>>> {
  const brokers = naru.platform.urls.kafkaBrokers.split(',');
  const broker = createKafkaBroker({ clientId: 'flip', brokers, log: createLog('flip', 'flip', 'silent') });
  const found = new Map<string, Set<string>>();
  try {
    for (const [name, { partitions, deadLetterTopic }] of Object.entries<TopicDeclaration>(topics))
      for (const topic of [name, deadLetterTopic]) {
        const types = found.get(topic) ?? new Set<string>();
        found.set(topic, types);
        for (let partition = 0; partition < partitions; partition++) {
          const { low, high } = await broker.offsetRange({ topic, partition });
          for await (const { headers } of broker.read({ topic, partition }, low, high))
            types.add(headerText(headers, eventHeaders.contentType) ?? 'none');
        }
      }
    return found;
  } finally {
    await broker.disconnect();
  }
}
