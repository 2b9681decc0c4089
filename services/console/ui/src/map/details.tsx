import type { GroupView, ServiceView, TopicView } from '../../../src/views';
import { count, duration, plural, rate } from '../format';
import { hrefOf, route } from '../route';
import { overview } from '../stream';
import { rateOf, topology } from './topology';

/** The node that was chosen on the map, with all that is known of it. */
export function NodeDetails() {
  const id = route.value.parameters.get('node');
  const node = topology.value?.nodes.find((node) => node.id === id);
  if (!node || !overview.value) return null;
  const { services, topics, groups } = overview.value;
  const service = services.find(({ name }) => node.kind === 'service' && name === node.name);
  const topic = topics.find(({ name }) => node.kind === 'topic' && name === node.name);
  const group = groups.find((group) => node.kind === 'service' && group.service === node.name);
  return (
    <section class="card" aria-labelledby="details-title">
      <header>
        <h2 id="details-title">{node.name}</h2>
        <a href={hrefOf('map')} aria-label={`Close the details of ${node.name}`}>
          ✕
        </a>
      </header>
      {service && <Service service={service} />}
      {group && <Group group={group} />}
      {topic && <Topic topic={topic} />}
      <ul class="plain">
        {topology
          .value!.edges.filter(({ from, to }) => from === node.id || to === node.id)
          .map(({ id, kind, from, to }) => (
            <li key={id}>
              {from === node.id ? `${kind} → ${nameIn(to)}` : `← ${nameIn(from)} ${kind}`}: {rate(rateOf(id))}
            </li>
          ))}
      </ul>
    </section>
  );
}

function nameIn(id: string): string {
  return topology.value?.nodes.find((node) => node.id === id)?.name ?? id;
}

function Service({ service: { instances, outbox } }: { service: ServiceView }) {
  return (
    <>
      <ul class="plain">
        {instances.map(({ name, isReady, detail }) => (
          <li key={name}>
            {isReady ? '✓' : '✗'} {name}: {isReady ? 'ready' : 'not ready'}
            {detail && ` (${detail})`}
          </li>
        ))}
      </ul>
      {outbox && (
        <p>
          Outbox: {plural(outbox.pending, 'event')} not yet published, the oldest{' '}
          {duration(outbox.oldestAge_s)} old; {count(outbox.failed)} failed.
        </p>
      )}
    </>
  );
}

function Group({ group }: { group: GroupView }) {
  return (
    <>
      <p>
        <code>{group.name}</code>, {group.state.toLowerCase()}, {plural(group.members.length, 'member')};{' '}
        {plural(group.parked, 'parked key')}.
      </p>
      <div class="scroll" tabIndex={0} role="region" aria-label={`Partitions of ${group.name}`}>
        <table>
          <thead>
            <tr>
              <th scope="col">Topic</th>
              <th scope="col">Partition</th>
              <th scope="col">Committed</th>
              <th scope="col">End</th>
              <th scope="col">Lag</th>
            </tr>
          </thead>
          <tbody>
            {group.topics.flatMap(({ topic, partitions }) =>
              partitions.map(({ partition, committed, end, lag }) => (
                <tr key={`${topic}-${partition}`}>
                  <td>{topic}</td>
                  <td>{partition}</td>
                  <td>{committed ?? 'nothing'}</td>
                  <td>{end}</td>
                  <td>{lag}</td>
                </tr>
              )),
            )}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Topic({ topic: { name, partitions, records, written, deadLetters } }: { topic: TopicView }) {
  return (
    <>
      <p>
        {plural(partitions, 'partition')}, {plural(records, 'record')} now, {count(written)} ever written.
      </p>
      <p>
        <a href={hrefOf('events', { topic: name })}>Its events</a>
        {' · '}
        <a href={hrefOf('dead-letters', { topic: name })}>{plural(deadLetters, 'dead letter')}</a>
      </p>
    </>
  );
}
