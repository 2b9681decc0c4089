import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Transform, type TransformCallback } from 'node:stream';

/** A way to one local port that can be made slow, deaf, or broken. */
export interface TcpProxy {
  readonly port: number;
  /** Each chunk waits this long, in both directions. */
  setLatency(latency_ms: number): void;
  /** Requests go through and answers get lost, on all connections, until this is called with false. */
  loseAnswers(lose: boolean): void;
  /** Breaks all connections with a TCP reset. @returns how many */
  reset(): number;
  /** The far end of all connections is gone without a word to the near end; new connections work. @returns how many */
  halfOpen(): number;
  close(): Promise<void>;
}

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  silent: boolean;
}

/** Listens on a free port of 127.0.0.1. */
export async function createTcpProxy(targetPort: number): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  let latency_ms = 0;
  let answersLost = false;

  const server = createServer({ noDelay: true, allowHalfOpen: true }, (near) => {
    const far = connect({ port: targetPort, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    const pair: Pair = { near, far, silent: false };
    pairs.add(pair);
    near.pipe(gate(() => pair.silent)).pipe(far);
    far.pipe(gate(() => pair.silent || answersLost)).pipe(near);
    near
      .on('error', () => undefined)
      .once('close', () => {
        pairs.delete(pair);
        far.destroy();
      });
    far.on('error', () => !pair.silent && near.resetAndDestroy());
  });

  /** Passes chunks on one by one, late, or swallows them. */
  function gate(swallows: () => boolean): Transform {
    const pass = (chunk: Buffer, done: TransformCallback) => (swallows() ? done() : done(null, chunk));
    return new Transform({
      transform(chunk: Buffer, _encoding, done) {
        if (latency_ms === 0) pass(chunk, done);
        else setTimeout(() => pass(chunk, done), latency_ms);
      },
    });
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    setLatency(value_ms) {
      latency_ms = value_ms;
    },
    loseAnswers(lose) {
      answersLost = lose;
    },
    reset() {
      const broken = [...pairs];
      for (const { near } of broken) near.resetAndDestroy();
      return broken.length;
    },
    halfOpen() {
      const cut = [...pairs].filter(({ silent }) => !silent);
      for (const pair of cut) {
        pair.silent = true;
        pair.far.destroy();
        // What is still sent is read and forgotten, as by a network that drops it.
        pair.near.unpipe();
        pair.near.resume();
      }
      return cut.length;
    },
    async close() {
      for (const { near } of pairs) near.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
