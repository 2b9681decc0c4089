import { Readable, Writable } from 'node:stream';
import type { V1Pod, V1Status } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { NAMESPACE } from '../../scripts/src/kubernetes/cluster';
import { soon, type TestCluster } from './cluster';

const CHUNK_BYTES = 64 * 1024;
const GONE_MS = 60_000;

export interface Executed {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export async function podsOf({ core }: TestCluster, labelSelector: string): Promise<V1Pod[]> {
  return (await core.listNamespacedPod({ namespace: NAMESPACE, labelSelector })).items;
}

/** Names of the pods that may be sent requests. */
export async function readyPods(cluster: TestCluster, labelSelector: string): Promise<string[]> {
  const pods = await podsOf(cluster, labelSelector);
  return pods.filter(isReady).map(nameOf);
}

export function nameOf(pod: V1Pod): string {
  return pod.metadata?.name ?? '';
}

function isReady({ metadata, status }: V1Pod): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return metadata?.deletionTimestamp === undefined && ready?.status === 'True';
}

/**
 * A moment that is too short for any process to end well. None at all would let the next pod start on the same volume
 * while this one's processes still run.
 */
const NOTICE_S = 1;

/** Kills a pod, and waits until this very pod is gone. */
export async function killPod({ core }: TestCluster, name: string): Promise<void> {
  const { metadata } = await core.readNamespacedPod({ name, namespace: NAMESPACE });
  await core.deleteNamespacedPod({ name, namespace: NAMESPACE, gracePeriodSeconds: NOTICE_S });
  await soon(`pod ${name} is gone`, GONE_MS, async () => {
    const { items } = await core.listNamespacedPod({
      namespace: NAMESPACE,
      fieldSelector: `metadata.name=${name}`,
    });
    return !items.some((pod) => pod.metadata?.uid === metadata?.uid);
  });
}

/** Runs a program in a container that is there. @throws Error when the connection breaks before the program ends */
export async function execute(
  { exec }: TestCluster,
  pod: string,
  container: string,
  command: readonly string[],
  stdin?: string,
): Promise<Executed> {
  const [stdout, stderr] = [collector(), collector()];
  const input = stdin === undefined ? null : Readable.from(chunksOf(Buffer.from(stdin)));
  const status = await new Promise<V1Status>((resolve, reject) => {
    exec
      .exec(NAMESPACE, pod, container, [...command], stdout, stderr, input, false, resolve)
      .then((socket) => {
        socket.onclose = () => reject(new Error(`${pod}: the connection ended before ${command[0]} did`));
      }, reject);
  });
  return { exitCode: exitCodeOf(status), stdout: stdout.text(), stderr: stderr.text() };
}

function exitCodeOf(status: V1Status): number {
  if (status.status === 'Success') return 0;
  const cause = status.details?.causes?.find(({ reason }) => reason === 'ExitCode');
  if (cause === undefined) throw new Error(status.message ?? 'the program could not be run');
  return Number(cause.message);
}

function collector(): Writable & { text(): string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      chunks.push(chunk);
      done();
    },
  });
  return Object.assign(stream, { text: () => Buffer.concat(chunks).toString() });
}

function* chunksOf(data: Buffer): Generator<Buffer> {
  for (let from = 0; from < data.length; from += CHUNK_BYTES) yield data.subarray(from, from + CHUNK_BYTES);
}
