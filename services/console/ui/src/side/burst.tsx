import { useState } from 'preact/hooks';
import type { Chaos } from '../../../src/views';
import { localTime } from '../format';
import { isOperator } from '../token';
import type { Act } from './act';

const kinds = { 'sign-ups': 'sign-ups', orders: 'orders' } as const;

/** Requests at a steady rate for a while. */
export function Burst({ running, act }: { running: Chaos['burst']; act: Act }) {
  const [kind, setKind] = useState<keyof typeof kinds>('orders');
  const [perSecond, setPerSecond] = useState(20);
  const [seconds, setSeconds] = useState(20);
  const isLocked = !isOperator.value || running !== null;
  const start = (event: Event) => {
    event.preventDefault();
    void act(
      '/api/chaos/burst',
      { kind, perSecond, seconds },
      `${perSecond} ${kind} a second for ${seconds} s`,
    );
  };
  return (
    <form class="burst" onSubmit={start} aria-label="Burst of requests">
      <label>
        Burst of
        <select
          value={kind}
          disabled={isLocked}
          onChange={({ currentTarget }) => setKind(currentTarget.value as keyof typeof kinds)}
        >
          {Object.values(kinds).map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <label>
        a second
        <input
          type="number"
          min={1}
          max={500}
          required
          value={perSecond}
          disabled={isLocked}
          onInput={({ currentTarget }) => setPerSecond(currentTarget.valueAsNumber)}
        />
      </label>
      <label>
        for seconds
        <input
          type="number"
          min={1}
          max={120}
          required
          value={seconds}
          disabled={isLocked}
          onInput={({ currentTarget }) => setSeconds(currentTarget.valueAsNumber)}
        />
      </label>
      <button
        type="submit"
        class="small"
        disabled={isLocked}
        aria-describedby={isOperator.value ? undefined : 'chaos-hint'}
      >
        Start
      </button>
      {running && (
        <p class="hint" role="status">
          {running.perSecond} {running.kind} a second until {localTime(running.endsAt).slice(11, 19)}.
        </p>
      )}
    </form>
  );
}
