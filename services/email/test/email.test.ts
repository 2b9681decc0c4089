import { randomInt, randomUUID } from 'node:crypto';
import { deadLetterHeaders, eventHeaders, redriveHeaders } from '@naru/contracts';
import { headerText, metricNames, type Broker, type IncomingRecord } from '@naru/kernel';
import { eventually, publish, recordsOf, testBroker, testService, type TestService } from '@naru/testing';
import { startMailServer, type MailServer } from './mail-server';

let mail: MailServer;
let email: TestService;
let broker: Broker;

beforeAll(async () => {
  mail = await startMailServer();
  email = await testService('email', { SMTP_URL: mail.url });
  broker = testBroker();
});

afterAll(async () => {
  const exitCode = await email?.stop();
  await broker?.disconnect();
  await mail?.stop();
  expect(exitCode).toBe(0);
});

afterEach(() => {
  mail.script = () => 250;
});

interface User {
  readonly userId: number;
  readonly name: string;
  readonly email: string;
  readonly version: number;
}

function newUser(domain = 'naru.example'): User {
  const userId = randomInt(1, 2 ** 47);
  return { userId, name: `user ${userId}`, email: `u${userId}@${domain}`, version: 1 };
}

const signUp = (user: User, id?: string) => publish(broker, 'user.signed-up', user, id);
const mailsTo = (user: User) => mail.received.filter(({ recipient }) => recipient === user.email);

interface LogEntry {
  eventId: string;
  status: string;
  attempts: number;
  messageId: string;
  recipient: string;
  topic: string;
  partition: number;
  offset: string;
  createdAt: string;
  sentAt: string | null;
}

async function log(user: User, query = ''): Promise<LogEntry[]> {
  const response = await fetch(`${email.url}/internal/emails?userId=${user.userId}${query}`);
  expect(response.status).toBe(200);
  return (await response.json()) as LogEntry[];
}

function logged(user: User, status: string, deadline_ms?: number): Promise<LogEntry> {
  const find = async () => (await log(user)).find((entry) => entry.status === status);
  return eventually(`mail of ${user.email} ${status}`, find, deadline_ms);
}

async function metric(name: string, ...labels: string[]): Promise<number> {
  const lines = (await (await fetch(`${email.url}/metrics`)).text()).split('\n');
  const sample = lines.find(
    (line) => line.startsWith(`${name}{`) && labels.every((label) => line.includes(label)),
  );
  return Number(sample?.split(' ').at(-1) ?? 0);
}

const consumed = (outcome: string) => metric(metricNames.consumed, `outcome="${outcome}"`);
const waiting = () => metric(metricNames.consumerPaused, 'dependency="smtp"');

async function letterOf(id: string): Promise<IncomingRecord | undefined> {
  const letters = await recordsOf(broker, 'user.signed-up.dlt');
  return letters.find((record) => headerText(record.headers, eventHeaders.id) === id);
}

describe('a sign-up', () => {
  it('is welcomed by one mail, which the send log tells of', async () => {
    const user = newUser();
    const before = await consumed('processed');
    const id = await signUp(user);
    const entry = await logged(user, 'SENT');
    expect(entry).toMatchObject({
      eventId: id,
      recipient: user.email,
      messageId: `<${id}@naru>`,
      attempts: 1,
    });
    expect(entry).toMatchObject({
      topic: 'user.signed-up',
      partition: expect.any(Number),
      offset: expect.any(String),
    });
    expect(Date.parse(entry.sentAt!)).toBeGreaterThanOrEqual(Date.parse(entry.createdAt));
    const [received, ...more] = mailsTo(user);
    expect(more).toEqual([]);
    expect(received!.messageId).toBe(`<${id}@naru>`);
    expect(received!.content).toContain(`Welcome to Naru, ${user.name}!`);
    expect(received!.content).toContain('From: Naru <welcome@naru.example>');
    await eventually('the count', async () => (await consumed('processed')) > before);
    expect(await email.database('outbox').select()).toEqual([]);
  });

  it('is welcomed once when its event comes again', async () => {
    const user = newUser();
    const id = await signUp(user);
    await logged(user, 'SENT');
    const before = await consumed('duplicate');
    await signUp(user, id);
    await eventually('the duplicate', async () => (await consumed('duplicate')) > before);
    expect(mailsTo(user)).toHaveLength(1);
    expect(await log(user)).toMatchObject([{ attempts: 1, status: 'SENT' }]);
  });

  it('with a name that is markup and headers is welcomed by that name and nothing else', async () => {
    const user = { ...newUser(), name: '<script>"김"\r\nBcc: lee@naru.example' };
    await signUp(user);
    await logged(user, 'SENT');
    const [received] = mailsTo(user);
    const [headers, ...body] = received!.content.split(/\r?\n\r?\n/);
    expect(headers).not.toMatch(/^Bcc:/m);
    expect(body.join('').split('text/html')[1]).not.toContain('<script>');
  });

  it('is the only event that mail is sent for', async () => {
    const user = newUser();
    await publish(broker, 'user.updated', { ...user, version: 2 });
    const next = newUser();
    await signUp(next);
    await logged(next, 'SENT');
    expect(await log(user)).toEqual([]);
  });

  it('is listed page by page', async () => {
    const user = newUser();
    const ids = [];
    for (let nth = 0; nth < 3; nth++) ids.push(await signUp(user));
    await eventually(
      'three mails',
      async () => (await log(user)).filter(({ status }) => status === 'SENT').length === 3,
    );
    const first = await fetch(`${email.url}/internal/emails?userId=${user.userId}&limit=2`);
    const next = /^<(.*)>; rel="next"$/.exec(first.headers.get('link') ?? '')![1]!;
    const page = (await first.json()) as LogEntry[];
    const rest = (await (await fetch(`${email.url}${next}`)).json()) as LogEntry[];
    expect([...page, ...rest].map(({ eventId }) => eventId)).toEqual(ids.reverse());
    expect((await fetch(`${email.url}/internal/emails`)).status).toBe(400);
  });
});

describe('while the mail server is down', () => {
  it('mails wait, and each is sent once when it is up again', async () => {
    const { port } = mail;
    await mail.stop();
    const users = Array.from({ length: 12 }, () => newUser());
    const ids: string[] = [];
    for (const user of users) ids.push(await signUp(user));
    await eventually('the pause', async () => (await waiting()) === 1);
    expect((await fetch(`${email.url}/health/ready`)).status).toBe(200);
    const rows = () => email.database('emails').whereIn('event_id', ids);
    await eventually('more attempts than a refused mail has', () => rows().where('attempts', '>', 4).first());
    expect(await rows().where({ status: 'FAILED' })).toEqual([]);

    mail = await startMailServer(port);
    for (const user of users) await logged(user, 'SENT', 30_000);
    expect(mail.received.map(({ messageId }) => messageId).sort()).toEqual(
      ids.map((id) => `<${id}@naru>`).sort(),
    );
    for (const id of ids) expect(await letterOf(id)).toBeUndefined();
    await eventually('the end of the pause', async () => (await waiting()) === 0);
  });

  it('or says 451, nothing is given up', async () => {
    const user = newUser('slow.example');
    mail.script = (recipient) => (recipient.endsWith('slow.example') ? 451 : 250);
    const id = await signUp(user);
    await eventually(
      'more attempts than a refused mail has',
      async () => ((await log(user))[0]?.attempts ?? 0) > 4,
    );
    const [row] = await email.database('emails').where({ event_id: id });
    expect(row.last_error).toContain('451');
    mail.script = () => 250;
    expect((await logged(user, 'SENT')).messageId).toBe(`<${id}@naru>`);
    expect(mailsTo(user)).toHaveLength(1);
    expect(await letterOf(id)).toBeUndefined();
  });
});

describe('a mail that is refused', () => {
  it('becomes a dead letter with its reason while its neighbours are sent, and is sent after a redrive', async () => {
    const refused = newUser('refused.example');
    const neighbours = Array.from({ length: 6 }, () => newUser());
    mail.script = (recipient) => (recipient.endsWith('refused.example') ? 550 : 250);
    await signUp(neighbours[0]!);
    const id = await signUp(refused);
    for (const user of neighbours.slice(1)) await signUp(user);
    for (const user of neighbours) await logged(user, 'SENT');
    expect(await logged(refused, 'FAILED')).toMatchObject({ attempts: 4, sentAt: null });
    const letter = await eventually('the dead letter', () => letterOf(id));
    expect(JSON.parse(letter.value!.toString())).toEqual(refused);
    expect(headerText(letter.headers, deadLetterHeaders.topic)).toBe('user.signed-up');
    expect(headerText(letter.headers, deadLetterHeaders.consumerGroup)).toBe('email-consumer-group');
    expect(headerText(letter.headers, deadLetterHeaders.exceptionName)).toBe('PermanentError:mail-refused');
    expect(headerText(letter.headers, deadLetterHeaders.exceptionMessage)).toContain('550');
    expect(headerText(letter.headers, deadLetterHeaders.attempts)).toBe('4');
    expect(neighbours.flatMap(mailsTo)).toHaveLength(6);

    mail.script = () => 250;
    const again = [redriveHeaders.group, Buffer.from('email-consumer-group')] as const;
    await broker.produce('user.signed-up', letter.partition, [
      { ...letter, headers: [...letter.headers, again] },
    ]);
    expect(await logged(refused, 'SENT')).toMatchObject({ attempts: 5, messageId: `<${id}@naru>` });
    expect(mailsTo(refused)).toHaveLength(1);
  });

  it('for an address that is more than one never reaches the server', async () => {
    const user = { ...newUser(), email: 'kim@naru.example>\r\nRCPT TO:<lee@naru.example' };
    const id = await signUp(user);
    await eventually('the dead letter', () => letterOf(id));
    expect(mail.received.filter(({ recipient }) => /^(kim|lee)@/.test(recipient))).toEqual([]);
    expect(await log(user)).toMatchObject([{ status: 'FAILED' }]);
  });
});

describe('three consumers of the group', () => {
  it('share the sign-ups and send each mail once', async () => {
    const more = await Promise.all(
      ['email-b', 'email-c'].map((instance) =>
        testService('email', { SMTP_URL: mail.url, DATABASE_URL: urlOf(email), INSTANCE: instance }),
      ),
    );
    const users = Array.from({ length: 30 }, () => newUser());
    for (const user of users) await signUp(user);
    for (const user of users) await logged(user, 'SENT', 40_000);
    expect(users.flatMap(mailsTo)).toHaveLength(30);
    const rows: { claimed_by: string }[] = await email.database('emails').whereIn(
      'user_id',
      users.map(({ userId }) => userId),
    );
    const senders = new Set(rows.map((row) => row.claimed_by.split(':')[0]));
    expect([...senders].sort()).toEqual(['email-b', 'email-c', 'email-test']);
    expect(await Promise.all(more.map((service) => service.stop()))).toEqual([0, 0]);
  });
});

describe('a process that is killed while it sends', () => {
  it('leaves a claim that its successor waits for, and then sends the mail under the same Message-ID', async () => {
    const user = newUser('hang.example');
    mail.script = (recipient) => (recipient.endsWith('hang.example') ? 'hang' : 250);
    const id = await signUp(user);
    await eventually('the send', () => mail.hanging() > 0);
    await email.kill();
    const url = urlOf(email);
    await email.database.destroy();
    mail.script = () => 250;
    email = await testService('email', { SMTP_URL: mail.url, DATABASE_URL: url });
    const neighbour = newUser();
    await signUp(neighbour, randomUUID());
    await logged(neighbour, 'SENT', 40_000);
    const entry = await logged(user, 'SENT', 40_000);
    expect(entry).toMatchObject({ eventId: id, attempts: 2, messageId: `<${id}@naru>` });
    expect(mailsTo(user)).toHaveLength(1);
  });
});

/** Of the database that a service runs on, for another process of it. */
function urlOf({ database }: TestService): string {
  const { config } = database.client as { config: { connection: Record<string, string> } };
  const { user = '', password = '', host = '', port = '', database: name = '' } = config.connection;
  return `mysql://${user}:${encodeURIComponent(password)}@${host}:${port}/${name}`;
}
