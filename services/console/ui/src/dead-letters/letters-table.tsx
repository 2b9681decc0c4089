import { useState } from 'preact/hooks';
import type { DeadLetterView } from '../../../src/views';
import { KeyLink } from '../events/event-row';
import { localTime, pretty } from '../format';
import { isOperator } from '../token';
import type { Chosen } from './redrive-dialog';

interface Actions {
  readonly onRedrive: (chosen: Chosen) => void;
  readonly onEdit: (letter: DeadLetterView) => void;
}

export function LettersTable({ letters, ...actions }: { letters: readonly DeadLetterView[] } & Actions) {
  if (letters.length === 0) return <p>None.</p>;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Table of dead letters">
      <table>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Topic, group</th>
            <th scope="col">Key</th>
            <th scope="col">Reason</th>
            <th scope="col">State</th>
            <th scope="col">Actions</th>
          </tr>
        </thead>
        <tbody>
          {letters.map((letter) => (
            <Letter key={letter.id} letter={letter} {...actions} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Letter({ letter, onRedrive, onEdit }: { letter: DeadLetterView } & Actions) {
  const { id, topic, group, key, at, reason, redrives, state } = letter;
  const isLocked = !isOperator.value || state !== 'waiting';
  const described = isOperator.value ? {} : { 'aria-describedby': 'letters-hint' };
  return (
    <tr data-letter={id}>
      <td class="time">{localTime(at)}</td>
      <td>
        {topic}
        <br />
        <small>{group}</small>
      </td>
      <td>
        <KeyLink topic={topic} value={key} />
      </td>
      <td>
        {reason}
        <Payload letter={letter} />
      </td>
      <td>
        {state}
        {redrives > 0 && <small> after {redrives} redrives</small>}
      </td>
      <td class="actions">
        <button
          type="button"
          class="small"
          disabled={isLocked}
          {...described}
          onClick={() => onRedrive({ title: id, body: { id } })}
        >
          Redrive…<span class="unseen"> {id}</span>
        </button>
        {key !== null && (
          <button
            type="button"
            class="small secondary"
            disabled={isLocked}
            {...described}
            onClick={() => onRedrive({ title: `all of key ${key}`, body: { key } })}
          >
            Its key…<span class="unseen"> {key}</span>
          </button>
        )}
        <button
          type="button"
          class="small secondary"
          disabled={isLocked}
          {...described}
          onClick={() => onEdit(letter)}
        >
          Edit a copy…<span class="unseen"> of {id}</span>
        </button>
      </td>
    </tr>
  );
}

function Payload({ letter: { id, eventId, payload, isMasked } }: { letter: DeadLetterView }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>Payload</summary>
      {isOpen && (
        <>
          <pre>{pretty(payload)}</pre>
          {isMasked && <p class="hint">Values are masked.</p>}
          <p class="hint">
            <code>{id}</code>
            {eventId && (
              <>
                , event <code>{eventId}</code>
              </>
            )}
          </p>
        </>
      )}
    </details>
  );
}
