import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { logLevel } from 'kafkajs';
import { createKafkaClient, type KafkaAccess } from './kafka-client';

/** First byte of a TLS handshake (RFC 8446, 5.1); a Kafka request begins with its length instead. */
const HANDSHAKE = 22;

let directory: string;
let server: Server;
let firstByte: Promise<number>;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'naru-kafka-client-'));
  server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  firstByte = new Promise((resolve) => {
    server.on('connection', (socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (data) => {
        resolve(data[0] as number);
        socket.destroy();
      });
    });
  });
});
afterEach(() => {
  server.close();
  rmSync(directory, { recursive: true });
});

async function connect(access: Omit<KafkaAccess, 'brokers'>): Promise<void> {
  const { port } = server.address() as AddressInfo;
  const options = { clientId: 'test', logLevel: logLevel.NOTHING, retry: { retries: 0 } };
  const admin = createKafkaClient({ brokers: [`127.0.0.1:${port}`], ...access }, options).admin();
  await admin.connect().finally(() => admin.disconnect());
}

test('without certificates the connection is plain', async () => {
  await expect(connect({})).rejects.toThrow();
  expect(await firstByte).toBe(0);
});

test('with certificates it is TLS, and they are read when the connection is made', async () => {
  const caFile = join(directory, 'ca.crt');
  await expect(connect({ caFile })).rejects.toThrow(/ENOENT/);
  writeFileSync(caFile, '');
  await expect(connect({ caFile })).rejects.toThrow();
  expect(await firstByte).toBe(HANDSHAKE);
});
