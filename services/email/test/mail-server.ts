import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface ReceivedMail {
  readonly recipient: string;
  readonly messageId: string;
  readonly content: string;
}

/** What the server says to a recipient: 250, a refusal, 250 after a while, or nothing once the mail has come. */
export type Script = (recipient: string) => 250 | 451 | 550 | 'slow' | 'hang';

/** How long a slow server thinks about a recipient. */
export const SLOW_MS = 800;

/** A real SMTP server on a port of the loopback interface that answers as a script says. */
export interface MailServer {
  readonly port: number;
  readonly url: string;
  /** Mails that were answered by 250, in order. */
  readonly received: ReceivedMail[];
  /** Connections so far. */
  connections(): number;
  /** Mails whose content came and was not answered. */
  hanging(): number;
  script: Script;
  stop(): Promise<void>;
}

/** @param port that of an earlier one, to be up again; 0 takes a free one */
export async function startMailServer(port = 0, script: Script = () => 250): Promise<MailServer> {
  const received: ReceivedMail[] = [];
  let connections = 0;
  let hanging = 0;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: 1,
    onConnect(_session, done) {
      connections++;
      done();
    },
    onRcptTo({ address }, _session, done) {
      const answer = control.script(address);
      const refused = answer === 451 || answer === 550;
      if (answer === 'slow') setTimeout(done, SLOW_MS);
      else done(refused ? Object.assign(new Error(`says ${answer}`), { responseCode: answer }) : null);
    },
    onData(stream, session, done) {
      let content = '';
      stream.on('data', (chunk: Buffer) => (content += chunk.toString('utf8')));
      stream.on('end', () => {
        const recipient = session.envelope.rcptTo[0]?.address ?? '';
        if (control.script(recipient) === 'hang') {
          hanging++;
          return;
        }
        received.push({
          recipient,
          messageId: /^Message-ID: (.*)$/m.exec(content)?.[1]?.trim() ?? '',
          content,
        });
        done();
      });
    },
  });
  server.on('error', () => undefined);
  const listening = server.listen(port, '127.0.0.1');
  await once(listening, 'listening');
  const bound = (listening.address() as AddressInfo).port;
  const control: MailServer = {
    port: bound,
    url: `smtp://127.0.0.1:${bound}`,
    received,
    connections: () => connections,
    hanging: () => hanging,
    script,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return control;
}
