import { kindAt, type Kind, type Mix } from './load';

const mix: Mix = { 'sign-up': 10, board: 40, rename: 0, order: 0, read: 50 };

it('has each kind as often as the mix says', () => {
  const counts = new Map<Kind, number>();
  for (let percent = 1; percent <= 100; percent++) {
    const kind = kindAt(mix, percent);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  expect(Object.fromEntries(counts)).toEqual({ 'sign-up': 10, board: 40, read: 50 });
});

it('needs a mix of 100 percent', () => {
  expect(() => kindAt({ ...mix, read: 10 }, 100)).toThrow(RangeError);
});
