import { computed, signal } from '@preact/signals';

const STORED_AS = 'naru-operator-token';

/** The operator's token; kept for this tab only. */
export const token = signal<string | null>(sessionStorage.getItem(STORED_AS));
export const isOperator = computed(() => token.value !== null);

/** Whether the dialog that asks for the token is open. */
export const isAskingForToken = signal(false);

export function keepToken(value: string | null): void {
  token.value = value;
  if (value === null) sessionStorage.removeItem(STORED_AS);
  else sessionStorage.setItem(STORED_AS, value);
}

/** Takes the token out of `#token=…`, and out of the address and the history with it. */
export function takeTokenFromAddress(): void {
  const found = /^#token=([^&]+)&?(.*)$/.exec(location.hash);
  if (!found) return;
  keepToken(decodeURIComponent(found[1]!));
  history.replaceState(null, '', `${location.pathname}${location.search}#${found[2]}`);
}
