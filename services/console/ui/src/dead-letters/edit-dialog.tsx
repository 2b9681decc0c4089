import { useEffect, useState } from 'preact/hooks';
import type { DeadLetterPage, DeadLetterView, RedriveResult } from '../../../src/views';
import { get, post } from '../api';
import { Dialog } from '../dialog';
import { pretty } from '../format';
import { announce } from '../notices';
import { Problem } from '../problem';
import { Plan, summary } from './redrive-dialog';

const LIMIT = 100;

/** An edited copy goes on in place of a record that nothing else can mend; the original stays, marked. */
export function EditDialog(props: { letter: DeadLetterView; onClose: () => void; onDone: () => void }) {
  const { letter, onClose, onDone } = props;
  const [text, setText] = useState<string | null>(null);
  const [plan, setPlan] = useState<RedriveResult | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  useEffect(() => {
    unmasked(letter).then((payload) => setText(pretty(payload)), setError);
  }, []);
  const ask = (dryRun: boolean) => {
    setError(null);
    let payload: unknown;
    try {
      payload = JSON.parse(text ?? '');
    } catch (problem) {
      setError(new Error(`This is not JSON: ${(problem as Error).message}`));
      return;
    }
    setBusy(true);
    post<RedriveResult>(`/api/dead-letters/${encodeURIComponent(letter.id)}/edited`, { payload, dryRun })
      .then((result) => {
        if (dryRun) return setPlan(result);
        announce(summary(result), result.sent.length === 0);
        onDone();
        onClose();
      }, setError)
      .finally(() => setBusy(false));
  };
  const edit = (value: string) => {
    setText(value);
    setPlan(null);
  };
  return (
    <Dialog title={`Edited copy of ${letter.id}`} onClose={onClose}>
      <Problem error={error} />
      {text === null && !error && <p aria-busy="true">Fetching the payload…</p>}
      {text !== null && (
        <label>
          Payload, checked by the server against the event’s schema
          <textarea
            rows={14}
            spellcheck={false}
            value={text}
            onInput={({ currentTarget }) => edit(currentTarget.value)}
          />
        </label>
      )}
      {plan && <Plan plan={plan} />}
      <footer>
        <button type="button" class="secondary" onClick={onClose}>
          Cancel
        </button>
        <button type="button" class="secondary" disabled={text === null || isBusy} onClick={() => ask(true)}>
          Try without sending
        </button>
        <button type="button" disabled={!plan || plan.sent.length === 0 || isBusy} onClick={() => ask(false)}>
          Send the copy
        </button>
      </footer>
    </Dialog>
  );
}

/** The list's payloads are masked; this asks for those of the letter's key, and takes the letter's own. */
async function unmasked({ id, topic, group, key }: DeadLetterView): Promise<string> {
  let after: string | null = null;
  do {
    const page: DeadLetterPage = await get('/api/dead-letters', {
      topic,
      group,
      key,
      after,
      limit: LIMIT,
      payload: 'shown',
    });
    const found = page.letters.find((letter) => letter.id === id);
    if (found) return found.payload;
    after = page.next;
  } while (after !== null);
  throw new Error('It is no longer in its dead-letter topic.');
}
