import { batch, computed, signal } from '@preact/signals';
import type { Overview } from '../../src/views';

const QUIET_MS_MAX = 5_000;
const RETRY_MS = 2_000;

export type Connection = 'connecting' | 'connected' | 'lost';

/** The newest state of everything, once a second. */
export const overview = signal<Overview | null>(null);
export const connection = signal<Connection>('connecting');
export const problems = computed(() => overview.value?.problems ?? []);

let source: EventSource | undefined;
let watch: ReturnType<typeof setTimeout> | undefined;

/** Listens while the page can be seen, and comes back by itself when the console was away. */
export function followOverview(): void {
  const listen = () => (document.hidden ? close() : open());
  document.addEventListener('visibilitychange', listen);
  listen();
}

function open(): void {
  close();
  source = new EventSource('/api/stream');
  source.addEventListener('overview', (event: MessageEvent<string>) => {
    const next = JSON.parse(event.data) as Overview;
    batch(() => {
      overview.value = next;
      connection.value = 'connected';
    });
    expectMore();
  });
  source.addEventListener('error', lose);
  expectMore();
}

function close(): void {
  clearTimeout(watch);
  source?.close();
  source = undefined;
}

/** A connection that is open and says nothing is as good as none. */
function expectMore(): void {
  clearTimeout(watch);
  watch = setTimeout(lose, QUIET_MS_MAX);
}

function lose(): void {
  connection.value = 'lost';
  close();
  watch = setTimeout(open, RETRY_MS);
}
