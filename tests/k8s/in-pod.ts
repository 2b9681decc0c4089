import type { TestCluster } from './cluster';
import { execute } from './pods';

/** A statement that makes `kafka`, a client of kafkajs, from what a container of Naru's is given. */
export const KAFKA = `
  const kafka = new (require('kafkajs').Kafka)({
    brokers: process.env.KAFKA_BROKERS.split(','),
    ssl: { ca: require('node:fs').readFileSync(process.env.KAFKA_CA_FILE) },
    sasl: {
      mechanism: 'scram-sha-512',
      username: process.env.KAFKA_USERNAME,
      password: process.env.KAFKA_PASSWORD,
    },
    logLevel: 0,
    retry: { retries: 3 },
  });`;

/** What a script came to: its value, or the name of its error. */
export type Evaluated<T> = { readonly value: T; readonly error?: undefined } | { readonly error: string };

/**
 * Runs statements of JavaScript in a container of Naru's, with the rights and the network that this pod has.
 * @param body of an async function; its return value is handed over as JSON
 */
export async function evaluate<T>(
  cluster: TestCluster,
  pod: string,
  container: string,
  body: string,
): Promise<Evaluated<T>> {
  const program = `
    const nameOf = (error) => String(error.type ?? error.cause?.type ?? error.code ?? error.message);
    (async () => {${body}})().then(
      (value) => ({ value: value ?? null }),
      (error) => ({ error: nameOf(error) }),
    ).then((result) => process.stdout.write(JSON.stringify(result), () => process.exit()));`;
  const { stdout, stderr } = await execute(cluster, pod, container, ['node', '--eval', program]);
  if (stdout === '') throw new Error(`a script in ${pod} gave nothing: ${stderr}`);
  return JSON.parse(stdout) as Evaluated<T>;
}

/** Statements that try to connect, and give `open`, or why not. */
export function connecting(host: string, port: number, timeout_ms = 3_000): string {
  return `
    const socket = require('node:net').connect(${port}, ${JSON.stringify(host)});
    const timer = setTimeout(() => socket.destroy(new Error('no answer')), ${timeout_ms});
    await require('node:events').once(socket, 'connect').finally(() => clearTimeout(timer));
    return 'open';`;
}
