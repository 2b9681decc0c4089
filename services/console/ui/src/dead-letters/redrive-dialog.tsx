import { useEffect, useState } from 'preact/hooks';
import type { RedriveResult } from '../../../src/views';
import { post } from '../api';
import { Dialog } from '../dialog';
import { plural } from '../format';
import { announce } from '../notices';
import { Problem } from '../problem';

/** Which dead letters are to be sent again: in words, and as the server is asked. */
export interface Chosen {
  readonly title: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Shows what would be sent, and sends it only then. */
export function RedriveDialog(props: { chosen: Chosen; onClose: () => void; onDone: () => void }) {
  const { chosen, onClose, onDone } = props;
  const [plan, setPlan] = useState<RedriveResult | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isSending, setSending] = useState(false);
  const ask = (dryRun: boolean) =>
    post<RedriveResult>('/api/dead-letters/redrive', { ...chosen.body, dryRun });
  useEffect(() => {
    ask(true).then(setPlan, setError);
  }, []);
  const send = () => {
    setSending(true);
    ask(false).then(
      (result) => {
        announce(summary(result), result.sent.length === 0);
        onDone();
        onClose();
      },
      (problem: unknown) => {
        setError(problem);
        setSending(false);
      },
    );
  };
  return (
    <Dialog title={`Redrive ${chosen.title}`} onClose={onClose}>
      <Problem error={error} />
      {!plan && !error && <p aria-busy="true">Trying it without sending anything…</p>}
      {plan && <Plan plan={plan} />}
      <footer>
        <button type="button" class="secondary" onClick={onClose}>
          Cancel
        </button>
        <button type="button" disabled={!plan || plan.sent.length === 0 || isSending} onClick={send}>
          {plan ? `Send ${plural(plan.sent.length, 'record')}` : 'Send'}
        </button>
      </footer>
    </Dialog>
  );
}

/** What a dry run said. */
export function Plan({ plan: { sent, refused, already, isCutShort } }: { plan: RedriveResult }) {
  return (
    <div role="status">
      <p>
        Dry run: {plural(sent.length, 'record')} would be sent again, for the group that failed only
        {already > 0 && `; ${plural(already, 'one was', 'ones were')} sent before`}
        {isCutShort && '; there are more, which a second redrive takes'}.
      </p>
      {sent.length > 0 && (
        <ul class="ids">
          {sent.map(({ id, key }) => (
            <li key={id}>
              <code>{id}</code> {key !== null && `key ${key}`}
            </li>
          ))}
        </ul>
      )}
      {refused.length > 0 && (
        <>
          <p>Refused:</p>
          <ul class="ids">
            {refused.map(({ id, reason }) => (
              <li key={id}>
                <code>{id}</code>: {reason}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

export function summary({ sent, refused }: RedriveResult): string {
  const more = refused.length > 0 ? `, ${refused.length} refused` : '';
  return `${plural(sent.length, 'record')} sent again${more}.`;
}
