import MailComposer from 'nodemailer/lib/mail-composer';
import type { MailText } from '../domain/welcome';

export interface OutgoingMail extends MailText {
  readonly to: { readonly name: string; readonly address: string };
  readonly messageId: string;
  /** When it happened that the mail tells of, milliseconds since the epoch. */
  readonly at_ms: number;
}

export interface ComposedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly content: Buffer;
}

/** The mail as bytes (RFC 5322) with its envelope; names and subject are encoded, so that none can add a header. */
export async function compose({ at_ms, to, ...mail }: OutgoingMail, from: string): Promise<ComposedMail> {
  const message = new MailComposer({
    ...mail,
    from,
    to: { ...to },
    date: new Date(at_ms),
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile();
  const envelope = message.getEnvelope();
  return { from: envelope.from || '', to: envelope.to, content: await message.build() };
}
