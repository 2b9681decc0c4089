import { randomUUID } from 'node:crypto';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { InfrastructureError, PermanentError } from '@naru/kernel';
import { freePort } from '@naru/testing';
import { createMailer, type Mailer } from '../src/smtp/mailer';
import { smtpServer } from '../src/smtp/server';
import { SLOW_MS, startMailServer, type MailServer } from './mail-server';

const from = 'Naru <welcome@naru.example>';
const patient = () => new AbortController().signal;
const mailTo = (address: string, messageId = `<${randomUUID()}@naru>`) => ({
  to: { name: 'Kim', address },
  messageId,
  at_ms: 0,
  subject: 'hello',
  text: 'hello\n.\n.\n',
  html: '<p>hello</p>',
});

let server: MailServer;
let mailer: Mailer;
const closeLater: (() => void)[] = [];

beforeEach(async () => {
  server = await startMailServer();
  mailer = createMailer(smtpServer(server.url), from);
});

afterEach(async () => {
  await mailer.stop();
  await server.stop();
  closeLater.splice(0).forEach((close) => close());
});

describe('a mailer', () => {
  it('hands a mail in, with its Message-ID', async () => {
    await mailer.send(mailTo('kim@naru.example', '<id@naru>'), patient());
    expect(server.received).toMatchObject([{ recipient: 'kim@naru.example', messageId: '<id@naru>' }]);
  });

  it('sends many mails over few connections', async () => {
    const sends = Array.from({ length: 40 }, (_, nth) =>
      mailer.send(mailTo(`u${nth}@naru.example`), patient()),
    );
    await Promise.all(sends);
    expect(new Set(server.received.map(({ recipient }) => recipient)).size).toBe(40);
    expect(server.connections()).toBeLessThanOrEqual(4);
  });

  it('says of a refused recipient that the mail is never sent, and goes on with others', async () => {
    server.script = (recipient) => (recipient.startsWith('nobody') ? 550 : 250);
    const refused = mailer.send(mailTo('nobody@naru.example'), patient());
    await expect(refused).rejects.toBeInstanceOf(PermanentError);
    await mailer.send(mailTo('kim@naru.example'), patient());
    expect(server.received).toHaveLength(1);
  });

  it('says of a recipient to be tried later that the mail waits', async () => {
    server.script = () => 451;
    await expect(mailer.send(mailTo('kim@naru.example'), patient())).rejects.toMatchObject({
      dependency: 'smtp',
    });
    server.script = () => 250;
    await mailer.send(mailTo('kim@naru.example'), patient());
  });

  it('says of a server that is not there that the mail waits', async () => {
    const nobody = createMailer(smtpServer(`smtp://127.0.0.1:${await freePort()}`), from);
    await expect(nobody.send(mailTo('kim@naru.example'), patient())).rejects.toBeInstanceOf(
      InfrastructureError,
    );
  });

  it('opens another connection when the server has closed those it had', async () => {
    await mailer.send(mailTo('kim@naru.example'), patient());
    const { port } = server;
    await server.stop();
    server = await startMailServer(port);
    await mailer.send(mailTo('lee@naru.example'), patient());
    expect(server.received).toHaveLength(1);
  });

  it('refuses an address that nodemailer refuses, without a word to the server', async () => {
    const address = 'kim@naru.example\r\nRCPT TO:<lee@naru.example>';
    await expect(mailer.send(mailTo(address), patient())).rejects.toBeInstanceOf(Error);
    expect(server.received).toEqual([]);
  });

  it('says of a password that no connection is safe for that the mail waits', async () => {
    const url = server.url.replace('smtp://', 'smtp://naru:secret@');
    const sending = createMailer(smtpServer(url), from).send(mailTo('kim@naru.example'), patient());
    await expect(sending).rejects.toBeInstanceOf(InfrastructureError);
    expect(server.received).toEqual([]);
  });
});

describe('after its deadline', () => {
  it('a send to a slow server is cut off, and those in line behind it are never sent', async () => {
    server.script = () => 'slow';
    const sends = Array.from({ length: 12 }, (_, nth) =>
      mailer.send(mailTo(`u${nth}@naru.example`), AbortSignal.timeout(SLOW_MS / 2)),
    );
    const outcomes = await Promise.allSettled(sends);
    const reasons = outcomes.map((outcome): unknown => outcome.status === 'rejected' && outcome.reason);
    for (const reason of reasons) expect(reason).toBeInstanceOf(InfrastructureError);
    server.script = () => 250;
    await mailer.send(mailTo('later@naru.example'), patient());
    await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
    expect(server.received.map(({ recipient }) => recipient)).toEqual(['later@naru.example']);
  });

  it('a server that never greets is given up', async () => {
    const port = await silentServer();
    const sending = createMailer(smtpServer(`smtp://127.0.0.1:${port}`), from).send(
      mailTo('kim@naru.example'),
      AbortSignal.timeout(300),
    );
    await expect(sending).rejects.toBeInstanceOf(InfrastructureError);
  });

  it('a server that never greets is given up before any deadline too', async () => {
    const port = await silentServer();
    const sending = createMailer(smtpServer(`smtp://127.0.0.1:${port}`), from).send(
      mailTo('kim@naru.example'),
      patient(),
    );
    await expect(sending).rejects.toBeInstanceOf(InfrastructureError);
  });
});

/** Takes connections and says nothing, until the test ends. @returns its port */
async function silentServer(): Promise<number> {
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
  closeLater.push(() => {
    silent.close();
    sockets.forEach((socket) => socket.destroy());
  });
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  return (silent.address() as AddressInfo).port;
}
