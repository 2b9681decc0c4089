import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const dist = join(__dirname, '../dist');
/** More than a pipe holds, and than is written at once. */
const LINES = 20_000;

/** Runs a process that writes many lines and then ends in some way. @returns what it logged, and its exit code */
async function loggedUntil(end: string) {
  const program = `
    const { createLog } = require(${JSON.stringify(join(dist, 'log.js'))});
    const { runUntilSignal } = require(${JSON.stringify(join(dist, 'lifecycle.js'))});
    const log = createLog('test', 'test', 'info');
    const writeLines = () => { for (let n = 0; n < ${LINES}; n++) log.info({ n }, 'line'); };
    ${end}`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit') as Promise<[number]>]);
  const lines = output.trim().split('\n');
  const logged = lines.map((line) => JSON.parse(line) as { n?: number; msg: string });
  return { logged, code, numbers: logged.flatMap(({ n }) => (n === undefined ? [] : [n])) };
}

const everyLine = Array.from({ length: LINES }, (_, n) => n);
/** A service that, as every one, has something open: its process does not end by itself. */
const service = (then: string) =>
  `setInterval(() => undefined, 1_000); void runUntilSignal(log, async (fail) => { writeLines(); ${then}; return { port: 0, stop: async () => {} }; });`;

test.each([
  ['SIGTERM', service("setImmediate(() => process.kill(process.pid, 'SIGTERM'))"), 0, 'stopped'],
  ['a fatal fault', service("setImmediate(() => fail('broken'))"), 1, 'stopped'],
  ['an uncaught exception', service("setImmediate(() => { throw new Error('broken'); })"), 1, 'stopped'],
  ['a start that fails', service("throw new Error('broken')"), 1, 'this process cannot go on'],
  ['the end of its work', 'writeLines();', 0, 'line'],
  ['an exception outside', "writeLines(); throw new Error('on purpose');", 1, 'line'],
])('%s loses no line, and keeps their order', async (_, end, exitCode, last) => {
  const { logged, code, numbers } = await loggedUntil(end);
  expect(numbers).toEqual(everyLine);
  expect(logged.at(-1)!.msg).toBe(last);
  expect(code).toBe(exitCode);
});
