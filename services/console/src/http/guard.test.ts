import type { HttpContext, Route } from '@naru/kernel';
import { createGuard, createTokenCheck } from './guard';

const served: Route = { method: 'GET', path: '/', serve: () => undefined };
const guarded = createGuard(['console.example'])(served);

/** @returns the code of the refusal, or undefined when it is served */
function ask(headers: Record<string, string>): string | undefined {
  const context = { req: { headers }, set: () => undefined } as unknown as HttpContext;
  try {
    void guarded.serve(context, {});
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

test.each<[string, Record<string, string>, string | undefined]>([
  ['by its own name', { host: '127.0.0.1:9000' }, undefined],
  ['by the name of the loopback', { host: 'localhost:9300' }, undefined],
  ['by IPv6', { host: '[::1]:9000' }, undefined],
  ['by a name that it was given', { host: 'console.example' }, undefined],
  ['by a name that somebody made point here', { host: 'evil.example:9000' }, 'host-refused'],
  ['without a name', {}, 'host-refused'],
  ['by its own page', { host: 'localhost:9000', origin: 'http://localhost:9000' }, undefined],
  ['by a page elsewhere', { host: 'localhost:9000', origin: 'http://evil.example' }, 'origin-refused'],
  [
    'by a page on another port',
    { host: 'localhost:9000', origin: 'http://localhost:8000' },
    'origin-refused',
  ],
  ['by a page without an origin', { host: 'localhost:9000', origin: 'null' }, 'origin-refused'],
  [
    'by an image in a page elsewhere',
    { host: 'localhost:9000', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
    'origin-refused',
  ],
  [
    'by a link from elsewhere',
    { host: 'localhost:9000', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
    undefined,
  ],
])('asked %s', (_, headers, code) => {
  expect(ask(headers)).toBe(code);
});

test('only the token itself is the token', () => {
  const check = createTokenCheck('a-long-secret-token');
  expect(() => check('Bearer a-long-secret-token')).not.toThrow();
  for (const wrong of [
    undefined,
    '',
    'Bearer',
    'Bearer a-long-secret-toke',
    'Basic a-long-secret-token',
    'Bearer a-long-secret-token x',
  ])
    expect(() => check(wrong)).toThrow('operator token');
});
