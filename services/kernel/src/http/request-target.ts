import { problem, type ProblemError } from '../errors';

export interface RequestTarget {
  /** Segments of the path, percent-decoded. */
  readonly segments: readonly string[];
  /** Raw query, without the question mark. */
  readonly query: string;
}

/** RFC 3986, 3.3: a path of `pchar`s and slashes; everything else must be percent-encoded, and correctly. */
const path = /^(?:\/(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*)+$/;
const query = /^(?:[A-Za-z0-9._~!$&'()*+,;=:@/?[\]|"<>^`{}\\-]|%[0-9A-Fa-f]{2})*$/;
/** An encoded dot, slash or backslash means different paths to different readers, so nobody may send one. */
const encodedDotOrSlash = /%(?:2e|2f|5c)/i;
const control = /\p{Cc}/u;

/**
 * Reads the target of a request line once, the same at the gateway and in a service, so that no path can mean one
 * thing to the one and another to the other.
 * @throws ProblemError 400 for anything but one plain reading
 */
export function readTarget(target: string): RequestTarget {
  const mark = target.indexOf('?');
  const rawPath = mark < 0 ? target : target.slice(0, mark);
  const rawQuery = mark < 0 ? '' : target.slice(mark + 1);
  if (!path.test(rawPath) || encodedDotOrSlash.test(rawPath)) throw malformed('path');
  if (!query.test(rawQuery)) throw malformed('query');
  const segments = rawPath.slice(1).split('/').map(decode);
  const doubled = segments.some((segment, index) => segment === '' && index < segments.length - 1);
  const dots = segments.some((segment) => segment === '.' || segment === '..');
  if (doubled || dots) throw malformed('path');
  return { segments, query: rawQuery };
}

function decode(segment: string): string {
  if (!segment.includes('%')) return segment;
  try {
    const text = decodeURIComponent(segment);
    if (!control.test(text)) return text;
  } catch {
    // not UTF-8: answered below like a control character
  }
  throw malformed('path');
}

function malformed(part: 'path' | 'query'): ProblemError {
  return problem(`${part}-malformed`, `the ${part} is not in its one plain form`);
}
