import type { AuditReport, Command, Finding } from '@naru/audit';
import { nemeses } from './nemeses';
import { parseOptions, type ChaosOptions } from './options';
import { verdictOf } from './result';
import type { Fault } from './storm';

const options = (...argv: string[]) => parseOptions(argv, () => 1) as ChaosOptions;
const attempt = { outcome: 'ok', sentAt_ms: 0, latency_ms: 1, status: 204 } as const;
const history: Command[] = [
  { kind: 'sign-up', email: 'a@example.com', ...attempt },
  { kind: 'board', userId: 1, title: 'x', ...attempt },
  { kind: 'rename', userId: 1, name: 'y', ...attempt },
  { kind: 'order', customerId: 'z', orderId: '1', ...attempt },
];
const fault: Fault = {
  nemesis: nemeses[0]!,
  target: 'broker-1',
  isInjected: true,
  from_s: 0,
  healed_s: 1,
  recovered_s: 2,
};
const finding = (invariant: string, violated: number): Finding => ({
  invariant,
  title: '',
  checked: 10,
  violated,
  violations: [],
  notes: [],
});
const audit = (...findings: Finding[]): AuditReport => ({
  findings,
  drained_ms: 0,
  isGreen: findings.every(({ violated }) => violated === 0),
});

describe('a run that sends as Naru does', () => {
  const judge = (more: Partial<Parameters<typeof verdictOf>[0]>) =>
    verdictOf({
      options: options(),
      history,
      faults: [fault],
      audit: audit(finding('published', 0)),
      ...more,
    });

  it('is green when nothing is violated', () => {
    expect(judge({})).toMatchObject({ isAsExpected: true, reasons: [] });
  });

  it('asks of a run of orders for orders only', () => {
    const orders = { options: options('--orders', '1') };
    expect(judge({ ...orders, history: history.slice(3) }).isAsExpected).toBe(true);
    expect(judge({ ...orders, history: history.slice(0, 3) }).isAsExpected).toBe(false);
  });

  it.each([
    ['an invariant is violated', { audit: audit(finding('scores', 1)) }],
    ['a fault could not be healed', { faults: [{ ...fault, trouble: 'broker-1 did not start' }] }],
    ['there was no fault', { faults: [] }],
    ['no fault could be injected', { faults: [{ ...fault, isInjected: false }] }],
    ['nothing of a kind was acknowledged', { history: history.slice(1) }],
    [
      'only unanswered ones of a kind',
      { history: history.map((one) => ({ ...one, outcome: 'unknown' as const })) },
    ],
  ])('is red when %s', (_, more) => {
    const { isAsExpected, reasons } = judge(more);
    expect(isAsExpected).toBe(false);
    expect(reasons).not.toEqual([]);
  });
});

describe('an unsafe run', () => {
  const judge = (report: AuditReport) =>
    verdictOf({ options: options('--unsafe'), history, faults: [fault], audit: report });

  it('is as expected when lost messages were found', () => {
    const { isAsExpected, text } = judge(audit(finding('published', 3)));
    expect(isAsExpected).toBe(true);
    expect(text).toMatch(/^LOST, as expected.* 3 /);
  });

  it('is not when none were found, or something else is wrong only', () => {
    expect(judge(audit(finding('published', 0))).isAsExpected).toBe(false);
    expect(judge(audit(finding('published', 0), finding('drained', 5))).isAsExpected).toBe(false);
  });
});
