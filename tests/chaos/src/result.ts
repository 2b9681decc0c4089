import type { AuditReport, Command, Outcome } from '@naru/audit';
import type { ChaosOptions } from './options';
import type { Sample } from './sampler';
import type { Fault } from './storm';

/** All that is known of a run when it is over. */
export interface RunResult {
  readonly options: ChaosOptions;
  /** Of the checkout, or `unknown`. */
  readonly commit: string;
  readonly beganAt_ms: number;
  readonly duration_s: number;
  /** How many requests were sent, and how many were not because too many were unanswered. */
  readonly requests: { readonly sent: number; readonly heldBack: number };
  readonly history: readonly Command[];
  readonly faults: readonly Fault[];
  readonly samples: readonly Sample[];
  readonly audit: AuditReport;
}

export type Counts = Record<Outcome, number>;

export function countOutcomes(commands: readonly Command[]): Counts {
  const counts: Counts = { ok: 0, fail: 0, unknown: 0 };
  for (const { outcome } of commands) counts[outcome]++;
  return counts;
}

export interface Verdict {
  /** Exit code 0. */
  readonly isAsExpected: boolean;
  readonly text: string;
  readonly reasons: readonly string[];
}

/** Published according to the outbox, but not in the topic: what an unsafe send loses. */
const LOSS = 'published';

type Judged = Pick<RunResult, 'options' | 'history' | 'faults' | 'audit'>;

/** Without the unsafe send nothing may be wrong; with it, lost messages have to be found. */
export function verdictOf({ options, history, faults, audit }: Judged): Verdict {
  return options.unsafe ? unsafeVerdict(audit, faults) : safeVerdict({ options, audit, history, faults });
}

function unsafeVerdict({ findings }: AuditReport, faults: readonly Fault[]): Verdict {
  const lost = findings.find(({ invariant }) => invariant === LOSS)?.violated ?? 0;
  const kills = `${faults.length} broker kill${faults.length === 1 ? '' : 's'}`;
  return lost > 0
    ? {
        isAsExpected: true,
        text: `LOST, as expected of the unsafe send: ${lost} acknowledged messages in ${kills}, and the audit found them`,
        reasons: [],
      }
    : {
        isAsExpected: false,
        text: `NOTHING FOUND: the unsafe send should lose messages, but the audit found none in ${kills}`,
        reasons: [],
      };
}

const commandKinds = ['sign-up', 'board', 'rename', 'order'] as const;

function safeVerdict({ options, audit, history, faults }: Judged): Verdict {
  const injected = faults.filter(({ isInjected }) => isInjected).length;
  const reasons = [
    ...audit.findings
      .filter(({ violated }) => violated > 0)
      .map(({ invariant, title, violated }) => `${invariant}: ${violated} violations (${title})`),
    ...(audit.isGreen ? [] : ['the audit is not green']),
    ...faults.flatMap(({ nemesis, trouble }) => (trouble ? [`${nemesis.name}: ${trouble}`] : [])),
    ...(injected === 0 ? ['no fault was injected'] : []),
    ...commandKinds
      .filter((kind) => options.mix[kind] > 0)
      .filter((kind) => !history.some((command) => command.kind === kind && command.outcome === 'ok'))
      .map((kind) => `no ${kind} was acknowledged`),
  ];
  const { ok } = countOutcomes(history);
  return reasons.length === 0
    ? {
        isAsExpected: true,
        text: `GREEN: 0 lost, 0 doubled of ${ok} acknowledged commands under ${injected} faults`,
        reasons,
      }
    : { isAsExpected: false, text: 'RED', reasons };
}
