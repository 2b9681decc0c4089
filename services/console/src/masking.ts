import { isUtf8 } from 'node:buffer';
import { deadLetterHeaders, editedFrom, eventHeaders, redriveHeaders } from '@naru/contracts';
import type { RecordHeaders } from '@naru/kernel';

export const MASK = '•••';
const PAYLOAD_CHARS_MAX = 16_000;
/** A payload nested deeper than this is shown to no one before it is asked for. */
const DEPTH_MAX = 20;
const PLAIN_TEXT = /^[A-Za-z0-9_-]{1,64}$/;

/** Fields whose values say nothing of a person; what is not named here is masked, whatever comes to be added. */
const plainFields = new Set([
  ...['userId', 'boardId', 'productId', 'orderId', 'paymentId', 'sagaId'],
  ...['version', 'status', 'sagaStatus', 'previousStatus', 'currentStatus', 'currency', 'reason', 'quantity'],
]);

/** Headers of our own making, but for those with the text of an error, which may quote a payload. */
const plainHeaders = new Set<string>(
  [
    ...Object.values(eventHeaders),
    ...Object.values(deadLetterHeaders),
    ...Object.values(redriveHeaders),
    editedFrom,
  ].filter(
    (name) => name !== deadLetterHeaders.exceptionMessage && name !== deadLetterHeaders.exceptionStack,
  ),
);

export interface ShownPayload {
  readonly payload: string;
  readonly isMasked: boolean;
}

/** A record's value as text, with its shape kept and its values masked unless it may be shown. */
export function payloadText(value: Buffer | null, isShown: boolean): ShownPayload {
  if (value === null) return { payload: '', isMasked: false };
  const text = isUtf8(value) ? value.toString('utf8') : `base64:${value.toString('base64')}`;
  if (isShown) return { payload: cut(text), isMasked: false };
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return { payload: `${MASK} (${value.length} bytes, not JSON)`, isMasked: true };
  }
  return { payload: cut(JSON.stringify(masked(data), null, 2)), isMasked: true };
}

/** A bad record may have anything where an id belongs. */
function isPlain(value: unknown): boolean {
  return value === null || typeof value === 'number' || (typeof value === 'string' && PLAIN_TEXT.test(value));
}

function masked(value: unknown, depth = 0): unknown {
  if (depth > DEPTH_MAX) return MASK;
  if (Array.isArray(value)) return value.map((item) => masked(item, depth + 1));
  if (typeof value !== 'object' || value === null) return value === null ? null : MASK;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      return [name, plainFields.has(name) && isPlain(inner) ? inner : masked(inner, depth + 1)];
    }),
  );
}

export function headerTexts(headers: RecordHeaders, isShown: boolean): Record<string, string> {
  return Object.fromEntries(
    headers.map(([name, value]) => [
      name,
      isShown || plainHeaders.has(name) ? cut(value.toString('utf8')) : MASK,
    ]),
  );
}

function cut(text: string): string {
  return text.length <= PAYLOAD_CHARS_MAX ? text : `${text.slice(0, PAYLOAD_CHARS_MAX)}…`;
}
