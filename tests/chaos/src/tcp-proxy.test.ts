import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createTcpProxy, type TcpProxy } from '@naru/testing';

let server: Server;
let received: string[];
let farSockets: Socket[];
let proxy: TcpProxy;
let clients: Socket[];

beforeEach(async () => {
  received = [];
  farSockets = [];
  clients = [];
  server = createServer((socket) => {
    farSockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (data: Buffer) => {
      received.push(data.toString());
      socket.write(data.toString().toUpperCase());
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await createTcpProxy((server.address() as AddressInfo).port);
});

afterEach(async () => {
  clients.forEach((client) => client.destroy());
  await proxy.close();
  farSockets.forEach((socket) => socket.destroy());
  await new Promise((resolve) => server.close(resolve));
});

async function client(): Promise<Socket> {
  const socket = connect(proxy.port, '127.0.0.1');
  clients.push(socket);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

async function ask(socket: Socket, question: string): Promise<string> {
  socket.write(question);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  return answer.toString();
}

it('passes on in both directions', async () => {
  expect(await ask(await client(), 'hello')).toBe('HELLO');
});

it('keeps the order of what it delays, also when the delay ends', async () => {
  const socket = await client();
  expect(await ask(socket, 'before ')).toBe('BEFORE ');
  let answers = '';
  socket.on('data', (data: Buffer) => (answers += data.toString()));
  proxy.setLatency(50);
  socket.write('late ');
  await new Promise(setImmediate);
  proxy.setLatency(0);
  socket.write('soon');
  socket.end();
  await once(socket, 'close');
  expect(answers).toBe('LATE SOON');
});

it('loses answers, not requests', async () => {
  const socket = await client();
  expect(await ask(socket, 'a')).toBe('A');
  proxy.loseAnswers(true);
  let answers = '';
  socket.on('data', (data: Buffer) => (answers += data.toString()));
  socket.end('lost');
  await once(socket, 'close');
  expect(received).toEqual(['a', 'lost']);
  expect(answers).toBe('');
  proxy.loseAnswers(false);
  expect(await ask(await client(), 'heard')).toBe('HEARD');
});

it('resets all connections, and takes new ones', async () => {
  const socket = await client();
  await ask(socket, 'a');
  const failed = once(socket, 'error');
  expect(proxy.reset()).toBe(1);
  const [error] = (await failed) as unknown as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNRESET');
  expect(await ask(await client(), 'again')).toBe('AGAIN');
});

it('half-open connections stay without an answer, while the far end is gone', async () => {
  const socket = await client();
  await ask(socket, 'a');
  const farGone = once(farSockets[0] as Socket, 'close');
  expect(proxy.halfOpen()).toBe(1);
  await farGone;
  socket.write('into the void');
  expect(await ask(await client(), 'b')).toBe('B');
  expect(received).toEqual(['a', 'b']);
  expect(socket.destroyed).toBe(false);
  expect(proxy.halfOpen()).toBe(1);
});

it('breaks a connection whose target does not listen', async () => {
  const nowhere = await createTcpProxy(9);
  const socket = connect(nowhere.port, '127.0.0.1');
  const [error] = (await once(socket, 'error').catch((reason: unknown) => [reason])) as [
    NodeJS.ErrnoException,
  ];
  expect(error.code).toBe('ECONNRESET');
  await nowhere.close();
});
