import { useState } from 'preact/hooks';
import { count, duration, rate } from '../format';
import { overview } from '../stream';
import { rateOf, topology } from './topology';

/** The map in words, for those who cannot see it or would rather read. Rendered only while it is open. */
export function MapTables() {
  const [isOpen, setOpen] = useState(false);
  return (
    <details id="map-tables" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>The map as tables</summary>
      {isOpen && <Tables />}
    </details>
  );
}

function Tables() {
  if (!overview.value) return <p>Nothing was heard yet.</p>;
  const { services, topics, groups } = overview.value;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="The map as tables">
      <table>
        <caption>Services</caption>
        <thead>
          <tr>
            <th scope="col">Service</th>
            <th scope="col">Instances ready</th>
            <th scope="col">Outbox</th>
            <th scope="col">Oldest</th>
            <th scope="col">Failed</th>
          </tr>
        </thead>
        <tbody>
          {services.map(({ name, instances, outbox }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>
                {instances.filter(({ isReady }) => isReady).length} of {instances.length}
              </td>
              <td>{outbox ? count(outbox.pending) : 'none'}</td>
              <td>{outbox ? duration(outbox.oldestAge_s) : ''}</td>
              <td>{outbox ? count(outbox.failed) : ''}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <table>
        <caption>Topics</caption>
        <thead>
          <tr>
            <th scope="col">Topic</th>
            <th scope="col">Written by</th>
            <th scope="col">Rate</th>
            <th scope="col">Records</th>
            <th scope="col">Dead letters</th>
          </tr>
        </thead>
        <tbody>
          {topics.map(({ name, records, deadLetters }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>
                {writersOf(name)
                  .map(({ service }) => service)
                  .join(', ')}
              </td>
              <td>{rate(writersOf(name).reduce((sum, { edge }) => sum + rateOf(edge), 0))}</td>
              <td>{count(records)}</td>
              <td>{count(deadLetters)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <table>
        <caption>Consumer groups</caption>
        <thead>
          <tr>
            <th scope="col">Group</th>
            <th scope="col">State</th>
            <th scope="col">Members</th>
            <th scope="col">Lag</th>
            <th scope="col">Age of the oldest</th>
            <th scope="col">Parked keys</th>
          </tr>
        </thead>
        <tbody>
          {groups.map(({ name, state, members, lag, lag_s, parked }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{state}</td>
              <td>{members.length}</td>
              <td>{lag === null ? '–' : count(lag)}</td>
              <td>{duration(lag_s)}</td>
              <td>{count(parked)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function writersOf(topic: string): { edge: string; service: string }[] {
  const { nodes = [], edges = [] } = topology.value ?? {};
  const id = nodes.find((node) => node.kind === 'topic' && node.name === topic)?.id;
  return edges
    .filter(({ kind, to }) => kind === 'publishes' && to === id)
    .map((edge) => ({
      edge: edge.id,
      service: nodes.find((node) => node.id === edge.from)?.name ?? edge.from,
    }));
}
