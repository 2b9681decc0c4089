import { createHash, timingSafeEqual } from 'node:crypto';
import { ProblemError, type HttpContext, type Route } from '@naru/kernel';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** Nothing inline, nothing from elsewhere. */
const headers = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
} as const;

/**
 * Lets a route be asked only by who knows the console by one of its own names (a page elsewhere that had its name
 * point here would send that name), and by no page of another origin.
 */
export function createGuard(moreHosts: readonly string[]): (route: Route) => Route {
  const hosts = new Set([...LOOPBACK, ...moreHosts]);
  return (route) => ({
    ...route,
    serve(context, parts) {
      context.set(headers);
      checkHost(context, hosts);
      checkOrigin(context);
      return route.serve(context, parts);
    },
  });
}

function checkHost({ req }: HttpContext, hosts: ReadonlySet<string>): void {
  const name = (req.headers.host ?? '').toLowerCase().replace(/:\d+$/, '');
  if (!hosts.has(name)) throw new ProblemError(403, 'host-refused', 'the console is not known by this name');
}

function checkOrigin({ req }: HttpContext): void {
  const { origin, host = '' } = req.headers;
  const site = req.headers['sec-fetch-site'];
  const isOwn = origin === undefined || origin === `http://${host}` || origin === `https://${host}`;
  const isSameSite = site === undefined || site === 'same-origin' || site === 'none';
  if (!isOwn || (!isSameSite && req.headers['sec-fetch-mode'] !== 'navigate'))
    throw new ProblemError(403, 'origin-refused', 'pages elsewhere may not ask the console');
}

/** A check that throws ProblemError 401 unless a header is `Bearer <token>`. Takes as long for any wrong token. */
export function createTokenCheck(token: string): (authorization: string | undefined) => void {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const expected = digest(token);
  return (authorization) => {
    const given = /^Bearer ([^\s]{1,512})$/i.exec(authorization ?? '')?.[1];
    if (given !== undefined && timingSafeEqual(digest(given), expected)) return;
    throw new ProblemError(401, 'token-required', 'this needs the operator token', {
      headers: { 'WWW-Authenticate': 'Bearer' },
    });
  };
}
