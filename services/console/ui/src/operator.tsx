import { useRef } from 'preact/hooks';
import { Dialog } from './dialog';
import { announce } from './notices';
import { isAskingForToken, isOperator, keepToken } from './token';

/** Who is looking: a reader, or the operator. */
export function OperatorButton() {
  if (!isOperator.value)
    return (
      <button type="button" class="secondary" onClick={() => (isAskingForToken.value = true)}>
        Read-only: enter token
      </button>
    );
  const leave = () => {
    keepToken(null);
    announce('The token is forgotten; this page is read-only.');
  };
  return (
    <button type="button" class="secondary" onClick={leave}>
      Operator: forget token
    </button>
  );
}

/** Says why the buttons beside it cannot be pressed; nothing when they can. */
export function ReadOnlyHint({ id, doing }: { id: string; doing: string }) {
  if (isOperator.value) return null;
  return (
    <p class="hint" id={id}>
      {doing} takes the operator’s token.{' '}
      <button type="button" class="link" onClick={() => (isAskingForToken.value = true)}>
        Enter it
      </button>
    </p>
  );
}

export function TokenDialog() {
  const field = useRef<HTMLInputElement>(null);
  if (!isAskingForToken.value) return null;
  const close = () => (isAskingForToken.value = false);
  const take = (event: Event) => {
    event.preventDefault();
    const value = field.current?.value.trim();
    if (!value) return;
    keepToken(value);
    close();
    announce('The token is kept for this tab; it is tried with the first thing you do.');
  };
  return (
    <Dialog title="Operator’s token" onClose={close}>
      <p>
        <code>npm start</code> prints it with the console’s address. It is kept for this tab only.
      </p>
      <form onSubmit={take}>
        <label>
          Token
          <input ref={field} type="password" name="token" autocomplete="off" required autofocus />
        </label>
        <button type="submit">Keep it</button>
      </form>
    </Dialog>
  );
}
