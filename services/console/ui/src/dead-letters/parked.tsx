import { useState } from 'preact/hooks';
import type { ParkedKey } from '../../../src/views';
import { get, post } from '../api';
import { Dialog } from '../dialog';
import { KeyLink } from '../events/event-row';
import { localTime, plural } from '../format';
import { useLoaded } from '../loaded';
import { announce, announceProblem } from '../notices';
import { Problem } from '../problem';
import { isOperator } from '../token';
import type { Filter } from './filter-form';

interface Ask {
  readonly doing: 'release' | 'discard';
  readonly parked: ParkedKey;
}

/** Keys that stand still behind a record that failed for good. */
export function Parked({ filter: { topic, group, key } }: { filter: Filter }) {
  const [ask, setAsk] = useState<Ask | null>(null);
  const { value, error, reload } = useLoaded(JSON.stringify([topic, group, key]), (abort) =>
    get<ParkedKey[]>('/api/parked', { topic, group, key }, abort),
  );
  const act = ({ doing, parked }: Ask) => {
    const done =
      doing === 'release'
        ? post<{ released: number }>('/api/parked/release', { id: parked.id }).then(
            ({ released }) => `${plural(released, 'key')} released`,
          )
        : post(`/api/parked/${encodeURIComponent(parked.id)}/discard`).then(
            () => 'The record becomes a dead letter; the rest of its key goes on',
          );
    setAsk(null);
    done.then((text) => {
      announce(`${text}. The process that consumes the partition does it now.`);
      reload();
    }, announceProblem);
  };
  return (
    <section aria-labelledby="parked-title">
      <header class="line">
        <h2 id="parked-title">Parked keys</h2>
        <button type="button" class="small secondary" onClick={reload}>
          Look again
        </button>
      </header>
      <Problem error={error} />
      {value?.length === 0 && <p>None.</p>}
      {value && value.length > 0 && <ParkedTable keys={value} onAsk={setAsk} />}
      {ask && (
        <Dialog
          title={`${ask.doing === 'release' ? 'Release' : 'Discard'} ${ask.parked.key}`}
          onClose={() => setAsk(null)}
        >
          <p>
            {ask.doing === 'release'
              ? `The ${plural(ask.parked.records, 'record')} of this key are tried again, in their order. One that fails stops the key again.`
              : 'The record that stops the key becomes a dead letter, and what waits behind it goes on without it.'}
          </p>
          <footer>
            <button type="button" class="secondary" onClick={() => setAsk(null)}>
              Cancel
            </button>
            <button type="button" onClick={() => act(ask)}>
              {ask.doing === 'release' ? 'Release the key' : 'Discard the record'}
            </button>
          </footer>
        </Dialog>
      )}
    </section>
  );
}

function ParkedTable({ keys, onAsk }: { keys: readonly ParkedKey[]; onAsk: (ask: Ask) => void }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Table of parked keys">
      <table>
        <thead>
          <tr>
            <th scope="col">Since</th>
            <th scope="col">Topic, group</th>
            <th scope="col">Key</th>
            <th scope="col">Records</th>
            <th scope="col">Reason</th>
            <th scope="col">State</th>
            <th scope="col">Actions</th>
          </tr>
        </thead>
        <tbody>
          {keys.map((parked) => (
            <tr key={parked.id} data-parked={parked.id}>
              <td class="time">{localTime(parked.parkedAt)}</td>
              <td>
                {parked.topic}
                <br />
                <small>{parked.group}</small>
              </td>
              <td>
                <KeyLink topic={parked.topic} value={parked.key} />
              </td>
              <td>{parked.records}</td>
              <td>
                {parked.reason} <small>({plural(parked.attempts, 'attempt')})</small>
              </td>
              <td>{parked.state}</td>
              <td class="actions">
                {(['release', 'discard'] as const).map((doing) => (
                  <button
                    key={doing}
                    type="button"
                    class={doing === 'release' ? 'small' : 'small secondary'}
                    disabled={!isOperator.value}
                    aria-describedby={isOperator.value ? undefined : 'letters-hint'}
                    onClick={() => onAsk({ doing, parked })}
                  >
                    {doing === 'release' ? 'Release…' : 'Discard…'}
                    <span class="unseen"> {parked.key}</span>
                  </button>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
