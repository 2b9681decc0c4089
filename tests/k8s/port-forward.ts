import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { Writable } from 'node:stream';
import { NAMESPACE } from '../../scripts/src/kubernetes/cluster';
import type { TestCluster } from './cluster';
import { readyPods } from './pods';

/** A port of this machine that leads into the cluster. */
export interface Forward {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Each connection goes to a pod that is ready when it is made, so that a pod which dies breaks its connections and
 * no others: what kubectl port-forward does not do, for it stays with one pod.
 */
export async function openForward(cluster: TestCluster, selector: string, port: number): Promise<Forward> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    lead(socket).catch(() => socket.destroy());
  });

  async function lead(socket: Socket): Promise<void> {
    const pods = await readyPods(cluster, selector);
    const pod = pods[Math.floor(Math.random() * pods.length)];
    if (pod === undefined) throw new Error(`no pod of ${selector} is ready`);
    const troubles = new Writable({
      write(chunk: Buffer, _, done) {
        if (chunk.length > 0) socket.destroy();
        done();
      },
    });
    const tunnel = await cluster.portForward.portForward(NAMESPACE, pod, [port], socket, troubles, socket);
    // This client asks for one connection only, so what it gets is a socket and no way to make others.
    if (typeof tunnel === 'function') throw new TypeError('a tunnel that connects again by itself');
    tunnel.onclose = () => socket.destroy();
    tunnel.onerror = () => socket.destroy();
    socket.once('close', () => tunnel.close());
    if (socket.destroyed) tunnel.close();
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
