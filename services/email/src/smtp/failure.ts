import { InfrastructureError, PermanentError } from '@naru/kernel';

/** Name of the dependency in logs and metrics. */
export const SMTP = 'smtp';

/** What nodemailer's connection tells of a failure. */
interface SmtpError {
  readonly code?: string;
  /** The command that was answered, such as `RCPT TO`. */
  readonly command?: string;
  /** The server's answer, RFC 5321, 4.2. */
  readonly responseCode?: number;
}

/** Answers that are about the client's credentials, not about the mail (RFC 4954, 6; RFC 3207, 4). */
const authenticationCodes = new Set([530, 534, 535, 538]);
/** Commands that are about this one mail; before them it is the server that says no. */
const mailCommands = new Set(['MAIL FROM', 'RCPT TO', 'DATA', 'API']);
/** What nodemailer refuses by itself, because the server could not take it. */
const mailCodes = new Set(['EENVELOPE', 'EMESSAGE']);

/** An error of the SMTP conversation as what it means: this mail never, or the server not now. */
export function smtpFailure(error: unknown): Error {
  const { code = '', command = '', responseCode } = error as SmtpError;
  const message = error instanceof Error ? error.message : String(error);
  const aboutMail = mailCommands.has(command) && mailCodes.has(code);
  const final = responseCode === undefined || (responseCode >= 500 && !authenticationCodes.has(responseCode));
  if (aboutMail && final) return new PermanentError('mail-refused', message, { cause: error });
  return new InfrastructureError(SMTP, message, { cause: error });
}
