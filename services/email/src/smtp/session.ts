import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { ComposedMail } from './message';
import type { SmtpServer } from './server';

// Each well below the deadline of a send.
const CONNECT_TIMEOUT_MS = 3_000;
const GREETING_TIMEOUT_MS = 3_000;
/** Without a word from the server for this long a session ends, in use or idle. */
const SILENCE_TIMEOUT_MS = 5_000;

/** A conversation with the mail server, over a socket of our own: destroying it ends whatever is under way. */
export interface SmtpSession {
  /** After an error the session must be destroyed: what was begun may go on until then. */
  send(mail: ComposedMail, signal: AbortSignal): Promise<void>;
  isOpen(): boolean;
  destroy(): void;
}

/** Connects, greets and signs in. @throws nodemailer's or the socket's error, or the signal's reason */
export async function openSession(server: SmtpServer, signal: AbortSignal): Promise<SmtpSession> {
  const socket = await connectSocket(server, signal);
  const connection = new SMTPConnection({
    connection: socket,
    host: server.host,
    secure: server.secure,
    // A password goes over TLS only.
    requireTLS: server.credentials !== undefined,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: GREETING_TIMEOUT_MS,
    socketTimeout: SILENCE_TIMEOUT_MS,
  });
  let open = true;
  connection.on('error', () => undefined);
  connection.on('end', destroy);

  function destroy() {
    open = false;
    connection.close();
    socket.destroy();
  }

  function step(run: (done: (error?: Error | null) => void) => void, stepSignal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (error?: Error | null) => {
        connection.off('error', end);
        connection.off('end', closed);
        stepSignal.removeEventListener('abort', aborted);
        if (error) reject(error);
        else resolve();
      };
      const closed = () => end(new Error('the mail server closed the connection'));
      const aborted = () => end(stepSignal.reason as Error);
      connection.on('error', end);
      connection.on('end', closed);
      stepSignal.addEventListener('abort', aborted, { once: true });
      if (stepSignal.aborted) aborted();
      else run(end);
    });
  }

  try {
    await step((done) => connection.connect(done), signal);
    const { credentials } = server;
    if (credentials) await step((done) => connection.login({ credentials }, done), signal);
  } catch (error) {
    destroy();
    throw error;
  }

  return {
    send: ({ from, to, content }, sendSignal) =>
      step((done) => connection.send({ from, to: [...to], size: content.length }, content, done), sendSignal),
    isOpen: () => open,
    destroy,
  };
}

async function connectSocket({ host, port }: SmtpServer, signal: AbortSignal): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true });
  try {
    await once(socket, 'connect', {
      signal: AbortSignal.any([signal, AbortSignal.timeout(CONNECT_TIMEOUT_MS)]),
    });
    socket.on('error', () => undefined);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
