import { chmodSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';

import type { BurstOrder, PartAction } from '@naru/operations';

import { reasonOf } from '../errors';
import { ControlError, type Control } from './control';

const BODY_BYTES_MAX = 10_000;
const REQUEST_TIMEOUT_MS = 5_000;

/** Serves a platform's control on a unix socket that only its owner can connect to. */
export interface ControlServer {
  close(): Promise<void>;
}

export async function serveControl(socket: string, control: Control): Promise<ControlServer> {
  // Left by a platform that was killed; the directory's lock says that no other one runs.
  rmSync(socket, { force: true });
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    void answer(control, request).then(({ status, body }) => {
      response.writeHead(status, { 'Content-Type': 'application/json', Connection: 'close' });
      response.end(JSON.stringify(body));
    });
  });
  await listen(server, socket);
  return {
    async close() {
      control.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(socket, { force: true });
    },
  };
}

async function listen(server: Server, socket: string): Promise<void> {
  // Nobody else gets in between its making and chmod.
  const before = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(socket, resolve);
    });
    chmodSync(socket, 0o600);
  } finally {
    process.umask(before);
  }
}

async function answer(
  control: Control,
  request: IncomingMessage,
): Promise<{ status: number; body: unknown }> {
  try {
    await carryOut(control, request);
    return { status: 200, body: control.state() };
  } catch (error) {
    const status = error instanceof ControlError ? error.status : 500;
    return { status, body: { error: reasonOf(error) } };
  }
}

async function carryOut(control: Control, request: IncomingMessage): Promise<void> {
  const { method = '', url = '' } = request;
  if (method === 'GET' && url === '/') return;
  const [, what, name] = /^\/(parts|faults|burst)(?:\/([a-z0-9-]{1,63}))?$/.exec(url) ?? [];
  if (method !== 'POST' || what === undefined || (what === 'burst') !== (name === undefined))
    throw new ControlError(404, 'there is nothing here');
  const body = await readJson(request);
  if (what === 'burst') control.startBurst(body as unknown as BurstOrder);
  else if (what === 'parts') await control.act(name!, body['action'] as PartAction);
  else control.setFault(name!, body['active'] === true);
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of request as AsyncIterable<Buffer>) {
    text += chunk.toString('utf8');
    if (text.length > BODY_BYTES_MAX) throw new ControlError(400, 'the body is too long');
  }
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null) return body as Record<string, unknown>;
  } catch {
    // answered below
  }
  throw new ControlError(400, 'the body is no JSON object');
}
