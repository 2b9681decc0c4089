import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** A mail server that takes mails at one steady speed, however many are offered at once. */
export interface SlowMailServer {
  readonly url: string;
  /** Mails taken so far, repeats included. */
  taken(): number;
  /** Message-IDs among them. */
  distinct(): number;
  stop(): Promise<void>;
}

export async function startSlowMailServer(mails_per_s: number): Promise<SlowMailServer> {
  const messageIds = new Set<string>();
  const interval_ms = 1_000 / mails_per_s;
  let taken = 0;
  let next_ms = 0;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: 1,
    onData(stream, _session, done) {
      let text = '';
      stream.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
      stream.once('end', () => {
        const now_ms = performance.now();
        next_ms = Math.max(now_ms, next_ms + interval_ms);
        setTimeout(() => {
          taken++;
          messageIds.add(/^message-id: *(\S+)/im.exec(text)?.[1] ?? '');
          done();
        }, next_ms - now_ms);
      });
    },
  });
  // A client that breaks off is its own concern.
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    taken: () => taken,
    distinct: () => messageIds.size,
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}
