import { useEffect, useRef, useState } from 'preact/hooks';
import type { AuditState } from '../../../src/views';
import { get, post } from '../api';
import { count, localTime, plural } from '../format';
import { useLoaded } from '../loaded';
import { announce, announceProblem } from '../notices';
import { ReadOnlyHint } from '../operator';
import { Problem } from '../problem';
import { isOperator } from '../token';

const RUNNING_ASK_MS = 1_000;
const IDLE_ASK_MS = 15_000;

/** The promises, a light for each: judged when asked for, on the databases and topics as they are. */
export function AuditPanel() {
  const [isRunning, setRunning] = useState(false);
  const [isAsking, setAsking] = useState(false);
  const wasRunning = useRef(false);
  const { value, error, reload } = useLoaded('audit', (abort) => get<AuditState>('/api/audit', {}, abort), {
    every_ms: isRunning ? RUNNING_ASK_MS : IDLE_ASK_MS,
  });
  useEffect(() => {
    if (!value) return;
    if (wasRunning.current && !value.running) announce(verdict(value), value.isGreen !== true);
    wasRunning.current = value.running;
    setRunning(value.running);
  }, [value]);
  const start = () => {
    setAsking(true);
    post<AuditState>('/api/audit')
      .then(reload, announceProblem)
      .finally(() => setAsking(false));
  };
  const isBusy = isAsking || isRunning;
  return (
    <section class="card" aria-labelledby="audit-title" id="audit">
      <header>
        <h2 id="audit-title">Invariants</h2>
        <button
          type="button"
          onClick={start}
          disabled={!isOperator.value || isBusy}
          aria-describedby={isOperator.value ? undefined : 'audit-hint'}
        >
          {isBusy ? 'Judging…' : 'Run the audit'}
        </button>
      </header>
      <ReadOnlyHint id="audit-hint" doing="Running the audit" />
      <Problem error={error} />
      {value && <Findings state={value} />}
    </section>
  );
}

function Findings({ state }: { state: AuditState }) {
  return (
    <>
      <p class="hint" aria-busy={state.running}>
        {state.running ? 'Waiting until all is at rest, then judging.' : verdict(state)}
      </p>
      <ul class="lights">
        {state.findings.map(({ invariant, title, checked, violated, violations, notes }) => (
          <li key={invariant} class={violated > 0 ? 'bad' : checked > 0 ? 'good' : 'unknown'}>
            <details>
              <summary>
                <span class="light" aria-hidden="true">
                  {violated > 0 ? '✗' : checked > 0 ? '✓' : '–'}
                </span>{' '}
                {title}
                <span class="unseen">
                  {violated > 0 ? ': broken' : checked > 0 ? ': holds' : ': nothing to judge'}
                </span>
              </summary>
              <p>
                {count(checked)} checked, {count(violated)} violated.
              </p>
              <ul>
                {[...violations, ...notes].map((line) => (
                  <li key={line}>{line}</li>
                ))}
              </ul>
            </details>
          </li>
        ))}
      </ul>
    </>
  );
}

function verdict({ error, isGreen, finishedAt, findings }: AuditState): string {
  if (error) return `The audit could not be done: ${error}`;
  if (isGreen === null || finishedAt === null) return 'Not yet judged.';
  const broken = findings.filter(({ violated }) => violated > 0).length;
  const result = isGreen ? 'All promises hold' : `${plural(broken, 'promise is', 'promises are')} broken`;
  return `${result}, judged ${localTime(finishedAt).slice(0, 19)}.`;
}
