import { runProgram } from '../run-program';

export const summary = 'breaks each promise of the kernel, and expects its test to fail';

export const run = (argv: readonly string[]): Promise<number> =>
  runProgram('tests/promises/dist/main.js', argv);
