/** A test by its file, from the repository's root, and its full name: those of its describes, then its own. */
export interface NamedTest {
  readonly file: string;
  readonly name: string;
}

/** Text of one source file replaced by other text, in memory. */
export interface Edit {
  /** From the repository's root. */
  readonly file: string;
  /** Must be in the file exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** A way to break one promise of the kernel, and the test that must turn red under it. */
export interface Mutation extends Edit {
  /** Number in section 5 of the design. */
  readonly promise: number;
  /** What the kernel does wrong then. */
  readonly title: string;
  readonly test: NamedTest;
}

/** Where a child process of jest finds the edit that it works under, as JSON. */
export const EDIT_VARIABLE = 'NARU_MUTATION';

/** @throws Error when the text to be replaced is not there exactly once, or nothing would change */
export function applyEdit({ file, find, replace }: Edit, source: string): string {
  const count = source.split(find).length - 1;
  if (find === '' || count !== 1) {
    throw new Error(`${file} has ${count} times, not once:\n${find}`);
  }
  if (find === replace) throw new Error(`${file} would stay as it is`);
  return source.split(find).join(replace);
}
