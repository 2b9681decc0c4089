import type { MailCopies } from '../community-facts';

const ANSWER_TIMEOUT_MS = 60_000;
const MAILS_PER_PAGE = 500;
/** The local platform's mail catcher keeps this many, the newest. */
const MAILS_KEPT_MAX = 20_000;

/**
 * How often each Message-ID is in the mail catcher (maildev's API).
 * @throws Error when it does not answer as one
 */
export async function readMailCopies(webUrl: string): Promise<MailCopies> {
  const byMessageId = new Map<string, number>();
  for (let skip = 0; skip < MAILS_KEPT_MAX; skip += MAILS_PER_PAGE) {
    const mails = await page(webUrl, skip);
    for (const { headers } of mails) {
      const id = String(headers?.['message-id'] ?? 'a mail without a Message-ID');
      byMessageId.set(id, (byMessageId.get(id) ?? 0) + 1);
    }
    if (mails.length < MAILS_PER_PAGE) return { byMessageId, isFull: false };
  }
  return { byMessageId, isFull: true };
}

interface CaughtMail {
  readonly headers?: Readonly<Record<string, unknown>>;
}

async function page(webUrl: string, skip: number): Promise<CaughtMail[]> {
  const url = `${webUrl.replace(/\/$/, '')}/api/email?skip=${skip}&limit=${MAILS_PER_PAGE}`;
  const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
  if (!response.ok) throw new Error(`the mail catcher at ${webUrl} answers ${response.status}`);
  return (await response.json()) as CaughtMail[];
}
