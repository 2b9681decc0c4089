import { signal } from '@preact/signals';

const SHOWN_MS = 8_000;

interface Notice {
  readonly text: string;
  readonly isBad: boolean;
}
const notice = signal<Notice | null>(null);
let timer: ReturnType<typeof setTimeout> | undefined;

/** Tells the reader what came of something, in writing and by voice. */
export function announce(text: string, isBad = false): void {
  clearTimeout(timer);
  notice.value = { text, isBad };
  timer = setTimeout(() => (notice.value = null), SHOWN_MS);
}

export function announceProblem(error: unknown): void {
  announce(error instanceof Error ? error.message : String(error), true);
}

export function Notices() {
  const shown = notice.value;
  return (
    <div class="notices" role="status" aria-live="polite">
      {shown && <p class={shown.isBad ? 'notice bad' : 'notice'}>{shown.text}</p>}
    </div>
  );
}
