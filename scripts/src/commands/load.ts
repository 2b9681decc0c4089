import { runProgram } from '../run-program';

export const summary = 'sends requests to a running Naru';

export const run = (argv: readonly string[]): Promise<number> =>
  runProgram('tests/chaos/dist/load-main.js', argv);
