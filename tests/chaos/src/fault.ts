import { join } from 'node:path';

/** Moments at which a process can end itself by SIGKILL. */
export const crashPoints = [
  /** A transaction that wrote outbox or inbox rows is about to be committed. */
  'before-commit',
  /** The database has answered the COMMIT of outbox rows; none of them has been sent. */
  'after-commit-before-publish',
  /** Kafka has acknowledged outbox rows; they are still marked as pending. */
  'after-publish-before-mark',
  /** A handler's effects and progress are in the database; Kafka does not know the offset. */
  'after-effect-before-offset-commit',
  /** An external effect was called and has answered; the database does not know of it. */
  'after-call-before-mark',
] as const;
export type CrashPoint = (typeof crashPoints)[number];

export interface CrashFault {
  readonly mode: 'crash';
  readonly point: CrashPoint;
  /** The process ends when the point is reached for this time; 1 is the first. */
  readonly after: number;
}

/** Sends as most users of kafkajs do: several partitions in one send, all taken as sent when it resolves. */
export interface UnsafeSendFault {
  readonly mode: 'unsafe-send';
}

export type Fault = CrashFault | UnsafeSendFault;

const preload = join(__dirname, '../dist/faulty-broker.js');
const FAULT_VARIABLE = 'NARU_FAULT';

/** What to add to the environment of a compiled service so that it runs with the fault. */
export function faultEnvironment(fault: Fault): Record<string, string> {
  return { NODE_OPTIONS: `--require=${JSON.stringify(preload)}`, [FAULT_VARIABLE]: JSON.stringify(fault) };
}

/** @throws Error when the environment names no fault that there is */
export function faultOf(environment: NodeJS.ProcessEnv): Fault {
  const text = environment[FAULT_VARIABLE] ?? '';
  const fault = parsed(text);
  if (fault?.mode === 'unsafe-send') return { mode: 'unsafe-send' };
  const { point, after = 1 } = (fault ?? {}) as Partial<CrashFault>;
  const isPoint = crashPoints.some((known) => known === point);
  if (fault?.mode === 'crash' && point && isPoint && Number.isInteger(after) && after >= 1) {
    return { mode: 'crash', point, after };
  }
  throw new Error(`${FAULT_VARIABLE} is not a fault: ${text}`);
}

function parsed(text: string): Partial<Fault> | null {
  try {
    return JSON.parse(text) as Partial<Fault> | null;
  } catch {
    return null;
  }
}
