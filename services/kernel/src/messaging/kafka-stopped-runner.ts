import { createRequire } from 'node:module';

/** What kafkajs calls its consumer's engine, as far as it is touched here. */
interface Runner {
  readonly running: boolean;
  fetch(nodeId: number): Promise<unknown[]>;
}

const { prototype } = createRequire(__filename)('kafkajs/src/consumer/runner') as { prototype: Runner };
const fetch = prototype.fetch;

/**
 * Keeps a member that is stopped while the set of brokers changes from hanging the process. kafkajs 2.2.4 then starts
 * new fetchers after the stop, a stopped runner gives them nothing at once, and they ask again without ever letting
 * go of the event loop. A stopped runner throws instead, which ends its fetchers.
 */
prototype.fetch = async function (this: Runner, nodeId: number) {
  if (!this.running) throw new Error('the consumer is stopped');
  return fetch.call(this, nodeId);
};
