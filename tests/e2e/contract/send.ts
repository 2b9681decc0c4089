import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';

const ANSWER_MS = 30_000;

export interface RawRequest {
  readonly method: string;
  readonly target: string;
  /** Names and values in turn, as they are written. */
  readonly headers: readonly string[];
  readonly body: Buffer | undefined;
  /** Sends the body in chunks rather than with its length. */
  readonly isChunked: boolean;
}

export interface RawAnswer {
  readonly status: number;
  /** By name in lower case; of a field that is there several times, the values joined. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Wire {
  /** One request, byte for byte as given. @throws Error when there is no whole answer */
  send(wanted: RawRequest): Promise<RawAnswer>;
  close(): void;
}

/** @param url the gateway's */
export function openWire(url: string, connectionsMax: number): Wire {
  const { hostname, port, host } = new URL(url);
  const agent = new Agent({ keepAlive: true, maxSockets: connectionsMax });
  return {
    close: () => agent.destroy(),
    send({ method, target, headers, body, isChunked }) {
      const framing = !body
        ? []
        : isChunked
          ? ['Transfer-Encoding', 'chunked']
          : ['Content-Length', String(body.length)];
      return new Promise((resolve, reject) => {
        const outgoing = request(
          { agent, hostname, port, method, path: target, headers: ['Host', host, ...framing, ...headers] },
          (response) => {
            text(response).then((answered) => {
              const pairs = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
              resolve({
                status: response.statusCode!,
                headers: Object.fromEntries(pairs) as Record<string, string>,
                body: answered,
              });
            }, reject);
          },
        );
        outgoing.setTimeout(ANSWER_MS, () => outgoing.destroy(new Error('no answer in time')));
        outgoing.on('error', reject);
        outgoing.end(body);
      });
    },
  };
}
