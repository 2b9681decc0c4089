import { connect } from 'node:net';

/** Connects to a port of this machine, says something, and answers the first bytes that come back as text. */
export async function firstAnswer(port: number, say: string, signal: AbortSignal): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', signal });
  try {
    return await new Promise<string>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('closed without an answer')));
      socket.once('data', (bytes) => resolve(bytes.toString('utf8')));
      if (say !== '') socket.write(say);
    });
  } finally {
    socket.removeAllListeners('error').on('error', () => {});
    socket.destroy();
  }
}
