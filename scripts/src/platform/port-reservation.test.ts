import { createServer, type Server } from 'node:net';

import { isPortFree } from './port-probe';
import { freePortOffset } from './port-reservation';
import { portsFor } from './ports';

async function listen(port: number): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return server;
}

describe('a free port offset', () => {
  it('is nobody else’s until it is released', async () => {
    const first = await freePortOffset();
    const second = await freePortOffset();
    expect(second.portOffset).not.toBe(first.portOffset);
    first.release();
    second.release();
  });

  it('is not one of whose ports one is taken', async () => {
    const first = await freePortOffset();
    first.release();
    const { redis } = portsFor(first.portOffset);
    const server = await listen(redis);
    expect(await isPortFree(redis)).toBe(false);
    const second = await freePortOffset();
    expect(second.portOffset).not.toBe(first.portOffset);
    second.release();
    await new Promise((resolve) => server.close(resolve));
  });
});
