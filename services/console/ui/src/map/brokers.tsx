import type { BrokerView } from '../../../src/views';
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
      <p class={kafka.underMinIsr + kafka.offline > 0 ? 'hint bad-text' : 'hint'}>
        {plural(kafka.underReplicated, 'partition')} under-replicated, {kafka.underMinIsr} under min ISR,{' '}
        {kafka.offline} offline.
      </p>
    </section>
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
