import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** Lets connections to a port of the loopback interface through to a server: as if that came up there. @returns stops it */
export async function forward(port: number, target: string): Promise<() => Promise<void>> {
  const { hostname, port: targetPort } = new URL(target);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(targetPort), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => [client, upstream].forEach((each) => sockets.delete(each.destroy())));
    }
    client.pipe(upstream).pipe(client);
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return async () => {
    sockets.forEach((socket) => socket.destroy());
    server.close();
    await once(server, 'close');
  };
}
