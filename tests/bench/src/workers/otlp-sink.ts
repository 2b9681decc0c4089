import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '../serve';

/** Longer than services hold spans back. */
const QUIET_MS = 1_500;
const QUIET_MS_MAX = 60_000;
const CHECK_MS = 100;
/** Each span has one of these. */
const MARK = Buffer.from('"spanId"');

let spans = 0;
let lastArrival_ms = -Infinity;

/** Takes spans and only counts them, so that on two cores it takes little from what is measured. */
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    response.setHeader('content-type', 'application/json');
    response.end('{}');
    spans += marksIn(Buffer.concat(chunks));
    lastArrival_ms = performance.now();
  });
});

function marksIn(body: Buffer): number {
  let count = 0;
  for (let at = body.indexOf(MARK); at >= 0; at = body.indexOf(MARK, at + MARK.length)) count++;
  return count;
}

const commands = {
  /** @returns the endpoint */
  async open(): Promise<string> {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  },
  /** Waits until nothing arrives any more. @returns spans since the last time */
  async settled(): Promise<number> {
    const from_ms = performance.now();
    while (performance.now() - Math.max(lastArrival_ms, from_ms) < QUIET_MS) {
      if (performance.now() - from_ms > QUIET_MS_MAX) throw new Error('spans do not stop arriving');
      await new Promise((resolve) => setTimeout(resolve, CHECK_MS));
    }
    const counted = spans;
    spans = 0;
    return counted;
  },
};

export type SinkCommands = typeof commands;

serve(commands);
