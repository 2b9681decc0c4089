import type { NamedTest } from './mutation';

/** What a run of jest came to. */
export interface JestReport {
  readonly files: readonly {
    /** Also why the file could not be run at all, where that is so. */
    readonly failure: string | null;
    readonly tests: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly duration_ms: number;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

export type Verdict =
  | { readonly kind: 'passed' | 'failed'; readonly duration_ms: number; readonly message: string }
  /** It did not run, or not as a test: its file did not compile, or a hook failed before it. */
  | { readonly kind: 'not run'; readonly message: string };

const MESSAGE_LENGTH_MAX = 2_000;

/** What became of a named test. Only its own failure counts as one, not that of a hook or of its file. */
export function verdictOf(report: JestReport | null, { name }: NamedTest): Verdict {
  if (!report) return { kind: 'not run', message: 'jest ended without a report' };
  const found = report.files
    .flatMap(({ tests }) => tests)
    .filter(({ fullName, status }) => fullName === name && (status === 'passed' || status === 'failed'));
  if (found.length > 1) return { kind: 'not run', message: `${found.length} tests have this name` };
  const [result] = found;
  if (!result) {
    const message = report.files.map(({ failure }) => failure ?? '').join('\n');
    return { kind: 'not run', message: shortened(message) || 'no test has this name' };
  }
  const own = result.failureMessages.filter((message) => !message.includes('for a hook'));
  if (result.status === 'failed' && own.length === 0) {
    return {
      kind: 'not run',
      message: shortened(result.failureMessages.join('\n')) || 'it failed without a message',
    };
  }
  return {
    kind: result.status as 'passed' | 'failed',
    duration_ms: result.duration_ms,
    message: shortened(own.join('\n')),
  };
}

/** Whether a test failed for what did not come in time, which on a busy machine may not be the mutation's doing. */
export function isLate(verdict: Verdict): boolean {
  return verdict.kind === 'failed' && /: not within \d+ ms|Exceeded timeout/.test(verdict.message);
}

function shortened(message: string): string {
  // Colours of jest's messages.
  // eslint-disable-next-line no-control-regex
  return message.replace(/\u001b\[\d+m/g, '').slice(0, MESSAGE_LENGTH_MAX);
}
