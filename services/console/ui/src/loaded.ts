import { useEffect, useRef, useState } from 'preact/hooks';

/** Something from the console: on its way, here, or why it is not. An answer stays until the next one for its key. */
export interface Loaded<Value> {
  readonly value: Value | null;
  readonly error: unknown;
  readonly isLoading: boolean;
  reload(): void;
}

/**
 * Loads when `key` changes; null loads nothing. Only the newest question's answer counts.
 * @param options.every_ms asks again after each answer; while the page is hidden it does not
 * @param options.keeps whether what was answered for one key is shown until the answer for the next is here
 */
export function useLoaded<Value>(
  key: string | null,
  load: (abort: AbortSignal) => Promise<Value>,
  { every_ms, keeps = false }: { every_ms?: number | undefined; keeps?: boolean } = {},
): Loaded<Value> {
  const [state, setState] = useState<Omit<Loaded<Value>, 'reload'>>({
    value: null,
    error: null,
    isLoading: key !== null,
  });
  const [turn, setTurn] = useState(0);
  const reload = () => setTurn((before) => before + 1);
  const lastKey = useRef(key);
  useEffect(() => {
    if (lastKey.current !== key && !keeps) setState({ value: null, error: null, isLoading: key !== null });
    lastKey.current = key;
    if (key === null) return;
    const abort = new AbortController();
    setState((before) => ({ ...before, isLoading: true }));
    load(abort.signal).then(
      (value) => !abort.signal.aborted && setState({ value, error: null, isLoading: false }),
      (error: unknown) =>
        !abort.signal.aborted &&
        setState(({ value }) => ({ value: keeps ? null : value, error, isLoading: false })),
    );
    return () => abort.abort();
  }, [key, turn]);
  useEffect(() => {
    if (every_ms === undefined || key === null || state.isLoading) return;
    const timer = setTimeout(() => !document.hidden && reload(), every_ms);
    return () => clearTimeout(timer);
  }, [key, every_ms, state]);
  return { ...state, reload };
}
