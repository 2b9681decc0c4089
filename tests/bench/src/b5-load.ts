import { connect, type Socket } from 'node:net';
import { arrivals } from '@naru/testing';
import { quantile } from './benchmark';

/** The JSON that is this program's only argument. */
export interface LoadOptions {
  readonly port: number;
  readonly path: string;
  /** One user each; the requests are spread over them. */
  readonly tokens: readonly string[];
  readonly connections: number;
  readonly warmUp_ms: number;
  readonly duration_ms: number;
  /** Requests a second; null sends each connection's next request as soon as the last was answered. */
  readonly rate_per_s: number | null;
}

/** The JSON that it prints. */
export interface LoadResult {
  /** Answered in the time that counts. */
  readonly requests: number;
  /** Answered in all, while warming up too. */
  readonly answered: number;
  readonly rate_per_s: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  /** Answers other than 200, and requests that found no free connection. */
  readonly faults: number;
}

interface Connection {
  /** Sends one request. @returns the status of its whole answer */
  ask(): Promise<number>;
  close(): void;
}

/**
 * A client of this one purpose: what it sends is made once and of an answer it reads only status and length, so that
 * on two cores it takes little from what it measures.
 */
async function open(options: LoadOptions, token: string): Promise<Connection> {
  const socket = connect({ port: options.port, host: '127.0.0.1', noDelay: true });
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  const request =
    `GET ${options.path} HTTP/1.1\r\nHost: 127.0.0.1:${options.port}\r\nConnection: keep-alive\r\n` +
    `User-Agent: naru-bench\r\nAccept: application/json\r\nAuthorization: Bearer ${token}\r\n\r\n`;
  return {
    ask: () =>
      new Promise((resolve, reject) => {
        readAnswer(socket, resolve, reject);
        socket.write(request);
      }),
    close: () => socket.destroy(),
  };
}

function readAnswer(socket: Socket, done: (status: number) => void, failed: (error: Error) => void): void {
  let text = '';
  const settle = (finish: () => void) => {
    socket.off('data', read).off('close', broken).off('error', failed);
    finish();
  };
  const read = (chunk: Buffer) => {
    text += chunk.toString('latin1');
    const end = text.indexOf('\r\n\r\n');
    if (end < 0) return;
    const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
    if (length === undefined) return settle(() => failed(new Error(`no length: ${text.slice(0, 200)}`)));
    if (text.length >= end + 4 + Number(length)) settle(() => done(Number(text.slice(9, 12))));
  };
  const broken = () => settle(() => failed(new Error('the connection was closed')));
  socket.on('data', read).once('close', broken).once('error', failed);
}

async function measure(options: LoadOptions): Promise<LoadResult> {
  const { tokens } = options;
  const connections = await Promise.all(
    Array.from({ length: options.connections }, (_, index) => open(options, tokens[index % tokens.length]!)),
  );
  const from_ms = performance.now() + options.warmUp_ms;
  const until_ms = from_ms + options.duration_ms;
  const latencies_ms: number[] = [];
  let faults = 0;
  let answered = 0;
  const timed = async (connection: Connection) => {
    const sentAt_ms = performance.now();
    const status = await connection.ask();
    const now_ms = performance.now();
    answered++;
    if (status !== 200) faults++;
    if (sentAt_ms >= from_ms && now_ms <= until_ms) latencies_ms.push(now_ms - sentAt_ms);
  };
  if (options.rate_per_s === null) {
    await Promise.all(
      connections.map(async (connection) => {
        while (performance.now() < until_ms) await timed(connection);
      }),
    );
  } else {
    faults += await paced(options, connections, timed);
  }
  connections.forEach((connection) => connection.close());
  return {
    requests: latencies_ms.length,
    answered,
    rate_per_s: (latencies_ms.length / options.duration_ms) * 1_000,
    p50_ms: quantile(latencies_ms, 0.5),
    p99_ms: quantile(latencies_ms, 0.99),
    faults,
  };
}

/** @returns how many requests found no free connection */
async function paced(
  options: LoadOptions,
  connections: readonly Connection[],
  timed: (connection: Connection) => Promise<void>,
): Promise<number> {
  const idle = [...connections];
  const ending = new AbortController();
  setTimeout(() => ending.abort(), options.warmUp_ms + options.duration_ms);
  const { heldBack } = await arrivals({
    rate_per_s: () => options.rate_per_s!,
    inFlightMax: connections.length,
    signal: ending.signal,
    async send() {
      const connection = idle.shift()!;
      await timed(connection);
      idle.push(connection);
    },
  });
  return heldBack;
}

measure(JSON.parse(process.argv[2]!) as LoadOptions).then(
  (result) => console.log(JSON.stringify(result)),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
