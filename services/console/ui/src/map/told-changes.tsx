import { useSignal, useSignalEffect } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { Overview } from '../../../src/views';
import { overview } from '../stream';
import { changesBetween } from './changes';

/** Tells those who listen rather than look when something breaks or comes back. */
export function ToldChanges() {
  const before = useRef<Overview | null>(null);
  const told = useSignal('');
  useSignalEffect(() => {
    const now = overview.value;
    if (now && before.current) {
      const changes = changesBetween(before.current, now);
      if (changes.length > 0) told.value = changes.join(' ');
    }
    before.current = now;
  });
  return (
    <div class="unseen" role="log" aria-label="What broke or came back">
      {told}
    </div>
  );
}
