import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { AuditState } from '../views';
import type { AuditAnswer, AuditOrder } from './child';

const DRAIN_MS = 15_000;
const AUDIT_MS_MAX = 10 * 60 * 1_000;
const HEAP_MB = 640;

/** Audits on demand, one at a time, and keeps what the last one found. */
export interface Auditor {
  state(): AuditState;
  /** Joins the audit that is under way, if one is. */
  start(): AuditState;
  stop(): void;
}

const never: AuditState = {
  ...{ running: false, startedAt: null, finishedAt: null, isGreen: null, error: null },
  findings: [],
};

export function createAuditor(
  sources: Omit<AuditOrder, 'drain_ms'>,
  clock: () => number = Date.now,
  program = join(__dirname, 'child.js'),
): Auditor {
  let state = never;
  let child: ChildProcess | undefined;
  const now = () => new Date(clock()).toISOString();

  function finish(answer: AuditAnswer): void {
    if (!state.running) return;
    const ended = { ...state, running: false, finishedAt: now() };
    state =
      'report' in answer
        ? { ...ended, error: null, isGreen: answer.report.isGreen, findings: answer.report.findings }
        : { ...ended, error: answer.error, isGreen: null, findings: [] };
  }

  return {
    state: () => state,
    start() {
      if (state.running) return state;
      state = { ...state, running: true, startedAt: now() };
      const started = fork(program, {
        execArgv: [`--max-old-space-size=${HEAP_MB}`],
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
        timeout: AUDIT_MS_MAX,
        killSignal: 'SIGKILL',
      });
      child = started;
      started.once('message', (answer: AuditAnswer) => finish(answer));
      started.once('error', (error) => finish({ error: error.message }));
      started.once('exit', (code, signal) => {
        child = undefined;
        finish({ error: `the audit ended without a report (${signal ?? `exit code ${code}`})` });
      });
      started.send({ ...sources, drain_ms: DRAIN_MS } satisfies AuditOrder);
      return state;
    },
    stop: () => void child?.kill('SIGKILL'),
  };
}
