/** Lets a limited number of holders in; the others wait in line, for as long as their signal lets them. */
export interface Slots {
  /** @returns leaves the slot @throws the signal's reason */
  enter(signal: AbortSignal): Promise<() => void>;
}

export function createSlots(max: number): Slots {
  const waiting = new Set<() => void>();
  let taken = 0;

  function leave() {
    taken--;
    const [next] = waiting;
    next?.();
  }

  return {
    enter: (signal) =>
      new Promise((resolve, reject) => {
        const go = () => {
          waiting.delete(go);
          signal.removeEventListener('abort', giveUp);
          taken++;
          resolve(leave);
        };
        const giveUp = () => {
          waiting.delete(go);
          reject(signal.reason as Error);
        };
        if (signal.aborted) return giveUp();
        if (taken < max) return go();
        waiting.add(go);
        signal.addEventListener('abort', giveUp, { once: true });
      }),
  };
}
