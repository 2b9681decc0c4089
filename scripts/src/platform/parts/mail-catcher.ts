import { activeFaults } from '@naru/contracts';

import { refusalOf } from './mail-refusals';

/** The JSON that is this program's only argument. */
export interface MailCatcherOptions {
  readonly smtpPort: number;
  readonly webPort: number;
  readonly mailDirectory: string;
  /** Names what is wrong with the mail server at the moment. */
  readonly faultsFile: string;
}

const MAILS_MAX = 20_000;
const SLOW_MS = 3_000;

type RecipientHook = (address: { address: string }, session: unknown, done: (error?: Error) => void) => void;

/** maildev has no option to refuse recipients; the SMTP server inside it has a hook for that. */
interface SmtpServerInside {
  smtp?: { onRcptTo?: RecipientHook };
}

async function catchMail(options: MailCatcherOptions): Promise<void> {
  const { MailDev } = await import('maildev');
  const maildev = new MailDev({
    smtp: options.smtpPort,
    ip: '127.0.0.1',
    web: options.webPort,
    webIp: '127.0.0.1',
    mailDirectory: options.mailDirectory,
    maxEmails: MAILS_MAX,
    silent: true,
  });
  const servers = await maildev.start();
  const inside = (servers.smtp as unknown as SmtpServerInside).smtp;
  if (typeof inside?.onRcptTo !== 'function') throw new Error('this maildev has no hook for recipients');
  inside.onRcptTo = (recipient, _session, done) => {
    const refusal = refusalOf(recipient.address);
    const answer = () =>
      done(refusal && Object.assign(new Error(refusal.message), { responseCode: refusal.responseCode }));
    void activeFaults(options.faultsFile).then((active) =>
      setTimeout(answer, active.has('mail-slow') ? SLOW_MS : 0),
    );
  };
  console.log(`mail catcher: SMTP on ${options.smtpPort}, web page on ${options.webPort}`);
}

process.on('SIGTERM', () => process.exit(0));
catchMail(JSON.parse(process.argv[2]!) as MailCatcherOptions).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
