import { runProgram } from '../run-program';

export const summary = 'breaks a Naru of its own under load, and audits what is left';

export const run = (argv: readonly string[]): Promise<number> => runProgram('tests/chaos/dist/main.js', argv);
