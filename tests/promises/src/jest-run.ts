import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EDIT_VARIABLE, type Edit, type NamedTest } from './mutation';
import { REPORT_FILE_VARIABLE } from './report-file';
import type { JestReport } from './verdict';

const repository = join(__dirname, '../../..');
const jestProgram = join(repository, 'node_modules/jest/bin/jest.js');

export interface JestRun {
  readonly tests: readonly NamedTest[];
  /** One source file is compiled with this edit. */
  readonly edit?: Edit;
  /** Of each test and each hook. */
  readonly timeout_ms: number;
  /** How long `eventually` waits where a test does not say. */
  readonly eventually_ms: number;
  readonly workers: number;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** Runs the named tests in a jest of their own. @returns its report, or null when it ended without one */
export async function runJest(run: JestRun): Promise<JestReport | null> {
  const scratch = mkdtempSync(join(tmpdir(), 'naru-promises-'));
  const reportFile = join(scratch, 'report.json');
  const names = run.tests.map(({ name }) => name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  const parameters = [
    ['--config', join(__dirname, '../jest.config.cjs')],
    ['--runTestsByPath', ...new Set(run.tests.map(({ file }) => file))],
    ['--testNamePattern', `^(${names.join('|')})$`],
    ['--testTimeout', String(run.timeout_ms)],
    ['--reporters', join(__dirname, 'report-file.js'), '--silent', '--forceExit'],
    run.workers > 1 ? ['--maxWorkers', String(run.workers)] : ['--runInBand'],
  ].flat();
  const child = spawn(process.execPath, [jestProgram, ...parameters], {
    cwd: repository,
    env: {
      ...run.environment,
      [REPORT_FILE_VARIABLE]: reportFile,
      NARU_EVENTUALLY_MS: String(run.eventually_ms),
      ...(run.edit && { [EDIT_VARIABLE]: JSON.stringify(run.edit) }),
    },
    stdio: 'ignore',
    signal: run.signal,
    killSignal: 'SIGKILL',
  });
  await once(child, 'exit').catch(() => undefined);
  const report = existsSync(reportFile) ? (JSON.parse(readFileSync(reportFile, 'utf8')) as JestReport) : null;
  rmSync(scratch, { recursive: true, force: true });
  return report;
}
