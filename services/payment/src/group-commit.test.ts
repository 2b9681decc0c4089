import { groupCommit } from './group-commit';

/** A write that the test lets go on. */
function heldWrite() {
  const groups: (readonly number[])[] = [];
  const releases: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const write = (items: readonly number[]) => {
    groups.push(items);
    return new Promise<void>((resolve, reject) => releases.push({ resolve, reject }));
  };
  return { groups, releases, write };
}

describe('groupCommit', () => {
  it('writes what came during a write together, in order, at most so many', async () => {
    const { groups, releases, write } = heldWrite();
    const add = groupCommit(write, 3);
    const added = [1, 2, 3, 4, 5].map(add);
    expect(groups).toEqual([[1]]);
    releases[0]!.resolve();
    await added[0];
    await Promise.resolve();
    expect(groups).toEqual([[1], [2, 3, 4]]);
    releases[1]!.resolve();
    await Promise.all(added.slice(1, 4));
    await Promise.resolve();
    releases[2]!.resolve();
    await added[4];
    expect(groups).toEqual([[1], [2, 3, 4], [5]]);
  });

  it('fails those of a group that could not be written, and goes on', async () => {
    const { groups, releases, write } = heldWrite();
    const add = groupCommit(write, 9);
    const first = add(1);
    const second = add(2);
    releases[0]!.reject(new Error('no database'));
    await expect(first).rejects.toThrow('no database');
    releases[1]!.resolve();
    await second;
    const third = add(3);
    releases[2]!.resolve();
    await third;
    expect(groups).toEqual([[1], [2], [3]]);
  });
});
