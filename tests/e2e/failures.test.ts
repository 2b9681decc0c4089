import { afterAll, beforeAll, expect } from '@jest/globals';
import { createKafkaBroker, headerText } from '@naru/kernel';
import { DEFERRED_DOMAIN, REFUSED_DOMAIN } from '@naru/scripts';
import { eventually } from '../support/eventually';
import { recordsOf, testLog } from '../support/kafka';
import { signIn } from '../support/client';
import { startNaru, type Naru } from './naru';
import { scenario } from './report';

let naru: Naru;

beforeAll(async () => {
  naru = await startNaru();
}, 180_000);
afterAll(() => naru.stop(), 60_000);

const signUp = (email: string) =>
  naru.gateway.post('/api/users/sign-up', { email, name: 'Somebody', password: 'long-enough-password' });

const deadLetters = async () => {
  const brokers = naru.platform.urls.kafkaBrokers.split(',');
  const broker = createKafkaBroker({ clientId: 'dead-letters', brokers, log: testLog });
  return recordsOf(broker, 'user.signed-up.dlt').finally(() => broker.disconnect());
};

scenario(
  'With the user service killed, boards are still read with names',
  [{ source: 'A', promise: 'availability: boards are read while the user service is down' }],
  async (record) => {
    const user = await naru.newUser('Author');
    await user.client.post('/api/boards', { title: 'readable', content: 'x' });
    await eventually('the replica has the name', async () => {
      const { body } = await user.client.get('/api/boards');
      return body[0]?.user.name === 'Author';
    });
    await naru.platform.service('user').kill('SIGKILL');
    record.effect('the user service is killed (SIGKILL)');
    const list = await user.client.get('/api/boards');
    expect(list.status).toBe(200);
    record.http('GET /api/boards', undefined, list);
    expect(list.body[0]).toMatchObject({ title: 'readable', user: { userId: user.userId, name: 'Author' } });
    expect((await user.client.post('/api/boards', { title: 'written too', content: 'x' })).status).toBe(204);
    const profile = await user.client.get('/api/users/me');
    expect([502, 503]).toContain(profile.status);
    record.http('GET /api/users/me', undefined, profile);
    await naru.platform.service('user').start();
    await eventually('the score arrives when it is back', async () => {
      const { body } = await user.client.get('/api/users/me');
      return body.activityScore === 20;
    });
  },
);

scenario(
  'With the point service killed, sign-up is 204 and the 1000 points arrive when it is back',
  [
    { source: 'A', promise: 'loose coupling: one service’s failure does not cascade' },
    { source: 'A', promise: 'messages are kept in Kafka while a service is down' },
  ],
  async (record) => {
    await naru.platform.service('point').kill('SIGKILL');
    record.effect('the point service is killed (SIGKILL)');
    const email = 'patient@example.com';
    expect((await signUp(email)).status).toBe(204);
    record.effect(`POST /api/users/sign-up for ${email} answers 204`);
    const user = await signIn(naru.gateway, email, 'long-enough-password');
    await naru.platform.service('point').start();
    await eventually(
      '1000 points',
      async () => (await user.client.get('/api/points/me')).body.balance === 1000,
    );
    record.effect('the point service is started again');
    record.http('GET /api/points/me', undefined, await user.client.get('/api/points/me'));
    const { body } = await user.client.get('/api/points/me/entries');
    expect(body).toHaveLength(1);
  },
);

scenario(
  'With the mail catcher stopped sign-ups go on, lag grows, and every mail arrives once after it is back',
  [
    {
      source: 'B',
      promise: 'buffering and decoupling: a slow mail service does not touch sign-up; lag drains later',
    },
  ],
  async (record) => {
    const before = (await deadLetters()).length;
    await naru.platform.mail.stop();
    record.effect('the mail catcher is stopped');
    const emails = Array.from({ length: 30 }, (_, index) => `waiting-${index}@example.com`);
    for (const email of emails) expect((await signUp(email)).status).toBe(204);
    await eventually('a partition waits for smtp', async () => {
      const { body } = await naru.direct('email').get('/metrics');
      return /naru_consumer_paused\{[^}]*dependency="smtp"[^}]*\} 1/.test(String(body));
    });
    const sent = await naru
      .database('naru_email.emails')
      .where({ status: 'SENT' })
      .whereIn('recipient', emails);
    expect(sent).toEqual([]);
    await naru.platform.mail.start();
    await eventually(
      'all mails are there',
      async () => {
        const recipients = (await naru.mails()).flatMap(({ to }) => to.map(({ address }) => address));
        return emails.every((email) => recipients.includes(email));
      },
      60_000,
    );
    await eventually('the send log is complete', async () => {
      const log = await naru
        .database('naru_email.emails')
        .where({ status: 'SENT' })
        .whereIn('recipient', emails);
      return log.length === emails.length;
    });
    for (const email of emails) expect(await naru.mails(email)).toHaveLength(1);
    record.effect(`the catcher is back: ${emails.length} mails, each once; no dead letter`);
    expect(await deadLetters()).toHaveLength(before);
  },
  120_000,
);

scenario(
  'A mail that can never be sent ends in user.signed-up.dlt with its headers, and the others are sent',
  [{ source: 'B', promise: 'what cannot be processed goes to the dead-letter topic user.signed-up.dlt' }],
  async (record) => {
    const refused = `nobody@${REFUSED_DOMAIN}`;
    expect((await signUp(refused)).status).toBe(204);
    const others = Array.from({ length: 6 }, (_, index) => `beside-${index}@example.com`);
    for (const email of others) await signUp(email);
    await eventually(
      'the others are sent',
      async () => {
        const recipients = (await naru.mails()).flatMap(({ to }) => to.map(({ address }) => address));
        return others.every((email) => recipients.includes(email));
      },
      60_000,
    );
    const letter = await eventually(
      'the dead letter',
      async () => {
        const letters = await deadLetters();
        return letters.find(({ value }) => String(value).includes(refused));
      },
      60_000,
    );
    const text = (name: string) => headerText(letter.headers, name);
    for (const name of [
      'kafka_dlt-original-topic',
      'kafka_dlt-original-consumer-group',
      'kafka_dlt-exception-fqcn',
    ]) {
      record.effect(`${name}: ${text(name)}`);
    }
    expect(text('ce_type')).toBe('user.signed-up');
    expect(text('kafka_dlt-original-topic')).toBe('user.signed-up');
    expect(text('kafka_dlt-original-consumer-group')).toBe('email-consumer-group');
    expect(text('kafka_dlt-exception-message')).toMatch(/550/);
    expect(text('naru-dlt-attempts')).toBe('4');
    const [row] = await naru.database('naru_email.emails').where({ recipient: refused });
    expect(row).toMatchObject({ status: 'FAILED' });
    const brokers = Number(headerText(letter.headers, 'kafka_dlt-original-partition'));
    expect(letter.partition).toBe(brokers);
  },
  120_000,
);

scenario(
  'A mail server that says “later” is waited for, not given up',
  [{ source: 'design', promise: 'infrastructure failures are never dead letters' }],
  async (record) => {
    const deferred = `later@${DEFERRED_DOMAIN}`;
    const before = (await deadLetters()).length;
    expect((await signUp(deferred)).status).toBe(204);
    await eventually(
      'it is tried more often than a refused mail',
      async () => {
        const [row] = await naru.database('naru_email.emails').where({ recipient: deferred });
        return Number(row?.attempts) > 4;
      },
      60_000,
    );
    record.effect(`${deferred} (451) is tried again and again, and is no dead letter`);
    expect(await deadLetters()).toHaveLength(before);
  },
  90_000,
);

scenario(
  'The database restarted under load loses nothing and doubles nothing',
  [{ source: 'design', promise: 'one transaction for state, inbox, outbox and progress' }],
  async (record) => {
    const user = await naru.newUser('Steady');
    await naru.database('naru_point.accounts').where({ user_id: user.userId }).update({ balance: 100_000 });
    const written: string[] = [];
    let writing = true;
    const writer = async () => {
      while (writing) {
        const answer = await user.client
          .post('/api/boards', { title: 'during restarts', content: 'x' })
          .catch(() => undefined);
        if (answer?.status === 204)
          written.push(String(answer.headers.get('location')).split('/').pop() as string);
      }
    };
    const writers = [writer(), writer(), writer()];
    for (let restart = 0; restart < 3; restart++) {
      const so_far = written.length;
      await eventually('boards are written', () => written.length > so_far + 20, 60_000);
      await naru.platform.database.kill('SIGKILL');
      await naru.platform.database.start();
    }
    const so_far = written.length;
    await eventually('boards are written again', () => written.length > so_far + 20, 60_000);
    writing = false;
    await Promise.all(writers);
    record.effect('the database was killed (SIGKILL) and started three times while boards were written');
    const rows = (table: string) =>
      naru.database(table).whereIn('board_id', written).select('board_id', 'status');
    const paid = await eventually(
      'all are paid',
      async () => {
        const deductions = await rows('naru_point.deductions');
        return deductions.length === written.length && deductions;
      },
      60_000,
    );
    expect(paid.every(({ status }: { status: string }) => status === 'DEDUCTED')).toBe(true);
    await eventually(
      'all are scored',
      async () => (await rows('naru_user.score_entries')).length === written.length,
      60_000,
    );
    const [scored] = await naru
      .database('naru_user.score_entries')
      .where({ user_id: user.userId })
      .sum({ sum: 'score' });
    const [profile] = await naru
      .database('naru_user.users')
      .where({ user_id: user.userId })
      .select('activity_score');
    expect(Number(profile?.activity_score)).toBe(Number(scored?.['sum']));
    record.effect('each board that was answered with 204 is paid once and scored once');
  },
  240_000,
);
