import type { Finding } from './types';

const NAMED_MAX = 100;
const NOTES_MAX = 20;

/** Counts what an invariant has looked at, and names what violates it. */
export interface Tally {
  /** Looks at one thing. `violation` names it, and is asked only when it does not hold. */
  check(holds: boolean, violation: () => string): void;
  note(text: string): void;
  /** Notes how many there were of something, unless there were none. */
  noteCount(count: number, text: string): void;
  finding(): Finding;
}

export function tally(invariant: string, title: string): Tally {
  const violations: string[] = [];
  const notes: string[] = [];
  let checked = 0;
  let violated = 0;
  const note = (text: string) => {
    if (notes.length < NOTES_MAX) notes.push(text);
  };
  return {
    check(holds, violation) {
      checked++;
      if (holds) return;
      violated++;
      if (violations.length < NAMED_MAX) violations.push(violation());
    },
    note,
    noteCount(count, text) {
      if (count > 0) note(`${count} ${text}`);
    },
    finding: () => ({ invariant, title, checked, violated, violations, notes }),
  };
}
