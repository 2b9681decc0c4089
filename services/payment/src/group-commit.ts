interface Waiting<T> {
  readonly item: T;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Writes items one group at a time: while a group is written, the next one grows.
 * @param itemsMax of a group; what is more waits for the next one
 * @returns writes an item, together with others; throws what the write of its group throws
 */
export function groupCommit<T>(write: (items: readonly T[]) => Promise<void>, itemsMax: number) {
  const waiting: Waiting<T>[] = [];
  let isWriting = false;

  async function writeAll() {
    isWriting = true;
    while (waiting.length > 0) {
      const group = waiting.splice(0, itemsMax);
      try {
        await write(group.map(({ item }) => item));
        group.forEach(({ resolve }) => resolve());
      } catch (error) {
        group.forEach(({ reject }) => reject(error));
      }
    }
    isWriting = false;
  }

  return (item: T): Promise<void> =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (!isWriting) void writeAll();
    });
}
