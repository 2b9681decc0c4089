import { once } from 'node:events';
import { connect } from 'node:net';

/** Says each line to an SMTP server of this machine and answers the code of the last reply. */
export async function smtpDialogue(port: number, lines: readonly string[]): Promise<number> {
  const socket = connect({ port, host: '127.0.0.1' });
  const reply = async (): Promise<string> => String((await once(socket, 'data'))[0]);
  let last = await reply();
  for (const line of lines) {
    socket.write(`${line}\r\n`);
    last = await reply();
  }
  socket.destroy();
  return Number(last.slice(0, 3));
}
