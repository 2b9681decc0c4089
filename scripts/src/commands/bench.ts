import { runProgram } from '../run-program';

export const summary = 'measures Naru against its alternatives, in ratios';

export const run = (argv: readonly string[]): Promise<number> => runProgram('tests/bench/dist/main.js', argv);
