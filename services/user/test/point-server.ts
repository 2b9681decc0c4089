import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { httpHeaders, operations } from '@naru/contracts';

export interface PointCall {
  readonly path: string;
  readonly key: string | undefined;
  readonly body: unknown;
}

export type Mood = 'granting' | 'failing' | 'silent';

/** A real HTTP server in the place of the point service. */
export async function pointServer() {
  const calls: PointCall[] = [];
  let mood: Mood = 'granting';
  const server = createServer((request, response) => {
    void readJson(request).then((body) => {
      calls.push({
        path: request.url ?? '',
        key: request.headersDistinct[httpHeaders.idempotencyKey]?.[0],
        body,
      });
      if (mood === 'silent') return;
      response.statusCode = mood === 'granting' ? operations.addPoints.status : 500;
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify({ userId: 1, balance: 1_000 }));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    be(next: Mood) {
      mood = next;
      calls.length = 0;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}
