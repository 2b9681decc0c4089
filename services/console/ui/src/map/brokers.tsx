import type { BrokerView, Overview } from '../../../src/views';
import { plural } from '../format';
import { overview } from '../stream';

/** The brokers side by side, and what of Kafka is not as it should be. */
export function Brokers() {
  if (!overview.value) return null;
  const { brokers, kafka } = overview.value;
  return (
    <section aria-labelledby="brokers-title">
      <h2 id="brokers-title">Brokers</h2>
      <ul class="brokers">
        {brokers.map((broker) => (
          <Broker key={broker.id} broker={broker} />
        ))}
      </ul>
      <Partitions kafka={kafka} />
    </section>
  );
}

function Partitions({ kafka }: Pick<Overview, 'kafka'>) {
  if (!kafka) return <p class="hint bad-text">No broker answers: nothing is known of partitions and lag.</p>;
  const { underReplicated, underMinIsr, offline } = kafka;
  return (
    <p class={underMinIsr + offline > 0 ? 'hint bad-text' : 'hint'}>
      {plural(underReplicated, 'partition')} under-replicated, {underMinIsr} under min ISR, {offline} offline.
    </p>
  );
}

function Broker({ broker }: { broker: BrokerView }) {
  const { id, address, isUp, isController, leaders, replicas, inSync } = broker;
  return (
    <li class={isUp ? 'broker good' : 'broker bad'} data-broker={id}>
      <strong>
        {isUp ? '✓' : '✗'} Broker {id}
      </strong>{' '}
      {isUp ? 'up' : 'down'}
      {isController && <span class="badge">controller</span>}
      <br />
      <small>
        {address} · leads {leaders} · {inSync} of {replicas} in sync
      </small>
    </li>
  );
}
