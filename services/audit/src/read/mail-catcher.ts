import type { MailCopies } from '../community-facts';

const ANSWER_TIMEOUT_MS = 60_000;
const MAILS_PER_PAGE = 500;
/** Naru's mail catchers keep this many, the newest. */
const MAILS_KEPT_MAX = 20_000;
const NOT_FOUND = 404;
const WITHOUT_ID = 'a mail without a Message-ID';

/** How a mail catcher tells of the mails it has. */
interface Dialect {
  path(skip: number): string;
  /** The Message-ID of each mail of a page. */
  messageIds(page: unknown): string[];
}

/** The local platform's. */
const maildev: Dialect = {
  path: (skip) => `/api/email?skip=${skip}&limit=${MAILS_PER_PAGE}`,
  messageIds: (page) =>
    (page as { headers?: Record<string, unknown> }[]).map(({ headers }) =>
      String(headers?.['message-id'] ?? WITHOUT_ID),
    ),
};

/** The cluster's, which leaves out the angle brackets. */
const mailpit: Dialect = {
  path: (skip) => `/api/v1/messages?start=${skip}&limit=${MAILS_PER_PAGE}`,
  messageIds: (page) =>
    (page as { messages: { MessageID: string }[] }).messages.map(({ MessageID }) =>
      MessageID ? `<${MessageID}>` : WITHOUT_ID,
    ),
};

/**
 * How often each Message-ID is in the mail catcher, which is Mailpit or maildev.
 * @throws Error when it does not answer as one
 */
export async function readMailCopies(webUrl: string): Promise<MailCopies> {
  const dialect = (await read(webUrl, mailpit.path(0))) === undefined ? maildev : mailpit;
  const byMessageId = new Map<string, number>();
  for (let skip = 0; skip < MAILS_KEPT_MAX; skip += MAILS_PER_PAGE) {
    const page = await read(webUrl, dialect.path(skip));
    if (page === undefined) throw new Error(`what answers at ${webUrl} is no mail catcher`);
    const ids = dialect.messageIds(page);
    for (const id of ids) byMessageId.set(id, (byMessageId.get(id) ?? 0) + 1);
    if (ids.length < MAILS_PER_PAGE) return { byMessageId, isFull: false };
  }
  return { byMessageId, isFull: true };
}

/** Undefined when there is no such path. */
async function read(webUrl: string, path: string): Promise<unknown> {
  const url = webUrl.replace(/\/$/, '') + path;
  const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
  if (response.status === NOT_FOUND) return undefined;
  if (!response.ok) throw new Error(`the mail catcher at ${webUrl} answers ${response.status}`);
  return response.json();
}
