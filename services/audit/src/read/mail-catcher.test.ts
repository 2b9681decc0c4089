import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readMailCopies } from './mail-catcher';

let server: Server | undefined;
afterEach(() => server?.close());

/** Serves pages of mails at the path of one mail catcher, and 404 elsewhere. */
async function catcher(path: string, pageFrom: (start: number) => unknown): Promise<string> {
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://catcher');
    const start = Number(url.searchParams.get('skip') ?? url.searchParams.get('start'));
    if (url.pathname === path) response.end(JSON.stringify(pageFrom(start)));
    else response.writeHead(404).end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const ids = Array.from({ length: 501 }, (_, index) => `${index % 500}@naru`);

test.each([
  [
    'maildev',
    '/api/email',
    (start: number) => ids.slice(start, start + 500).map((id) => ({ headers: { 'message-id': `<${id}>` } })),
  ],
  [
    'Mailpit',
    '/api/v1/messages',
    (start: number) => ({ messages: ids.slice(start, start + 500).map((id) => ({ MessageID: id })) }),
  ],
])('copies of mails are counted over all pages of %s', async (_, path, pageFrom) => {
  const { byMessageId, isFull } = await readMailCopies(await catcher(path, pageFrom));
  expect(byMessageId.size).toBe(500);
  expect(byMessageId.get('<0@naru>')).toBe(2);
  expect(byMessageId.get('<1@naru>')).toBe(1);
  expect(isFull).toBe(false);
});

test('anything else is refused', async () => {
  await expect(readMailCopies(await catcher('/', () => []))).rejects.toThrow(/is no mail catcher/);
});
