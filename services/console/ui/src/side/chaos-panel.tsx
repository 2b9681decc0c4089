import { useState } from 'preact/hooks';
import type { Chaos } from '../../../src/views';
import { get, post, ProblemError } from '../api';
import { localTime } from '../format';
import { useLoaded } from '../loaded';
import { announce, announceProblem } from '../notices';
import { ReadOnlyHint } from '../operator';
import { Problem } from '../problem';
import { isOperator } from '../token';
import type { Act } from './act';
import { Burst } from './burst';

const ASK_MS = 2_000;

/** Switches that hurt this Naru. Where it may not be hurt there is no control, and nothing is shown. */
export function ChaosPanel() {
  const [isAbsent, setAbsent] = useState(false);
  const { value, error, reload } = useLoaded(
    isAbsent ? null : 'chaos',
    (abort) =>
      get<Chaos>('/api/chaos', {}, abort).catch((problem: unknown) => {
        if (problem instanceof ProblemError && problem.status === 404) setAbsent(true);
        throw problem;
      }),
    { every_ms: ASK_MS },
  );
  if (isAbsent || (!value && !error)) return null;
  const act = (path: string, body: unknown, done: string) =>
    post<Chaos>(path, body).then(() => {
      announce(done);
      reload();
    }, announceProblem);
  return (
    <section class="card" aria-labelledby="chaos-title" id="chaos">
      <header>
        <h2 id="chaos-title">Chaos</h2>
      </header>
      <ReadOnlyHint id="chaos-hint" doing="Hurting this Naru" />
      <Problem error={error} />
      {value && (
        <>
          <Parts chaos={value} act={act} />
          <Faults chaos={value} act={act} />
          <Burst running={value.burst} act={act} />
          <Log log={value.log} />
        </>
      )}
    </section>
  );
}

function Parts({ chaos, act }: { chaos: Chaos; act: Act }) {
  return (
    <ul class="parts">
      {chaos.parts.map(({ name, kind, state, actions }) => (
        <li key={name} data-part={name}>
          <span>
            {name} <small class={state === 'ready' ? 'good-text' : 'bad-text'}>{state}</small>
          </span>
          <span role="group" aria-label={`${kind} ${name}`}>
            {actions.map((action) => (
              <button
                key={action}
                type="button"
                class="small secondary"
                disabled={!isOperator.value}
                aria-label={`${action} ${name}`}
                aria-describedby={isOperator.value ? undefined : 'chaos-hint'}
                onClick={() =>
                  void act(
                    `/api/chaos/parts/${encodeURIComponent(name)}`,
                    { action },
                    `${action} ${name}: begun`,
                  )
                }
              >
                {action}
              </button>
            ))}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Faults({ chaos, act }: { chaos: Chaos; act: Act }) {
  if (chaos.faults.length === 0) return null;
  return (
    <fieldset>
      <legend>Faults</legend>
      {chaos.faults.map(({ name, title, active }) => (
        <label key={name}>
          <input
            type="checkbox"
            role="switch"
            checked={active}
            disabled={!isOperator.value}
            aria-describedby={isOperator.value ? undefined : 'chaos-hint'}
            onChange={({ currentTarget }) =>
              void act(
                `/api/chaos/faults/${encodeURIComponent(name)}`,
                { active: currentTarget.checked },
                `${title}: ${currentTarget.checked ? 'on' : 'off'}`,
              )
            }
          />
          {title}
        </label>
      ))}
    </fieldset>
  );
}

function Log({ log }: { log: Chaos['log'] }) {
  if (log.length === 0) return null;
  return (
    <details>
      <summary>What was done</summary>
      <ol class="plain">
        {log.map(({ at, text }) => (
          <li key={at + text}>
            <small>{localTime(at).slice(11, 19)}</small> {text}
          </li>
        ))}
      </ol>
    </details>
  );
}
