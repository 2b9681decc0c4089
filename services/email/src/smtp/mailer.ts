import { smtpFailure } from './failure';
import { compose, type OutgoingMail } from './message';
import type { SmtpServer } from './server';
import { openSession, type SmtpSession } from './session';
import { createSlots } from './slots';

/** Connections of one process to the mail server. */
const SESSIONS_MAX = 4;

export interface Mailer {
  /**
   * Hands one mail in. Once the signal aborts, nothing of it is sent any more.
   * @throws PermanentError when the server refuses this mail, InfrastructureError when it is not to be had
   */
  send(mail: OutgoingMail, signal: AbortSignal): Promise<void>;
  /** Closes the connections. */
  stop(): Promise<void>;
}

/**
 * Keeps a few connections to the mail server. Not nodemailer's pool: that one queues and requeues on its own, and
 * would send a mail after its deadline, when another process may have sent it already.
 */
export function createMailer(server: SmtpServer, from: string): Mailer {
  const slots = createSlots(SESSIONS_MAX);
  const idle: SmtpSession[] = [];
  let stopped = false;

  async function session(signal: AbortSignal): Promise<SmtpSession> {
    for (let kept = idle.pop(); kept; kept = idle.pop()) if (kept.isOpen()) return kept;
    return openSession(server, signal);
  }

  return {
    async send(mail, signal) {
      const composed = await compose(mail, from);
      const leave = await slots.enter(signal).catch((error: unknown) => Promise.reject(smtpFailure(error)));
      let used: SmtpSession | undefined;
      try {
        used = await session(signal);
        await used.send(composed, signal);
        if (stopped) used.destroy();
        else idle.push(used);
      } catch (error) {
        used?.destroy();
        throw smtpFailure(error);
      } finally {
        leave();
      }
    },
    async stop() {
      stopped = true;
      idle.splice(0).forEach((kept) => kept.destroy());
    },
  };
}
