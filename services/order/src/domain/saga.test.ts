import { advance, begin, type Change, type Progress, type SagaInput } from './saga';

const inputs: readonly SagaInput[] = [
  { type: 'stock.reserved' },
  { type: 'stock.rejected', reason: 'out-of-stock' },
  { type: 'stock.released' },
  { type: 'payment.completed' },
  { type: 'payment.failed', reason: 'declined' },
  { type: 'payment.refunded' },
  { type: 'payment.voided' },
  { type: 'deadline' },
  { type: 'cancel' },
  { type: 'ship' },
  { type: 'deliver' },
];

const input = (type: SagaInput['type']) => inputs.find((one) => one.type === type) as SagaInput;

/** What comes of inputs, those without effect passed over. */
function after(start: Progress, ...types: readonly SagaInput['type'][]): Progress {
  return types.reduce((now, type) => advance(now, input(type))?.next ?? now, start);
}

const nameOf = ({ status, sagaStatus }: Progress) => `${status} ${sagaStatus}`;
const placed = begin(true);

describe('an order', () => {
  it('with items begins open, without items settled', () => {
    expect(begin(true)).toEqual({
      status: 10,
      sagaStatus: 'STARTED',
      stockReleased: false,
      paymentReturned: false,
      version: 1,
    });
    expect(begin(false)).toMatchObject({ status: 20, sagaStatus: 'SUCCEEDED', version: 1 });
  });

  it('given it was placed, when its stock is held, is in process, and nobody is told', () => {
    const change = advance(placed, input('stock.reserved'));
    expect(change).toEqual({ next: { ...placed, sagaStatus: 'PROCESSING', version: 2 } });
  });

  it.each([
    ['after its stock was held', ['stock.reserved']],
    ['before it is heard that its stock is held', []],
  ] as const)('given it is open, when it is paid %s, is confirmed', (_, before) => {
    const now = after(placed, ...before);
    expect(advance(now, input('payment.completed'))).toEqual({
      next: { ...now, status: 20, sagaStatus: 'SUCCEEDED', version: now.version + 1 },
      news: { type: 'order.confirmed' },
    });
  });

  it('given it was paid, when it is heard late that its stock is held, stays confirmed', () => {
    expect(advance(after(placed, 'payment.completed'), input('stock.reserved'))).toBeUndefined();
  });

  it('given it is open, when its stock is refused, fails at once, with that reason', () => {
    expect(advance(placed, input('stock.rejected'))).toEqual({
      next: { ...placed, status: 90, sagaStatus: 'FAILED', version: 2 },
      news: { type: 'order.cancelled', reason: 'out-of-stock' },
    });
  });

  it('given it has failed, when product and payment answer its cancellation, stays as it is', () => {
    const failed = after(placed, 'stock.rejected');
    expect(after(failed, 'stock.released', 'payment.voided', 'payment.refunded')).toBe(failed);
  });

  it.each([
    ['payment is declined', 'payment.failed', 'declined'],
    ['its time is over', 'deadline', 'saga-timeout'],
    ['it is cancelled', 'cancel', 'cancel-requested'],
  ] as const)('given it is open, when %s, is taken back', (_, type, reason) => {
    const now = after(placed, 'stock.reserved');
    expect(advance(now, input(type))).toEqual({
      next: { ...now, status: 90, sagaStatus: 'COMPENSATING', version: 3 },
      news: { type: 'order.cancelled', reason },
    });
  });

  it('given it is confirmed, when it is cancelled, is taken back', () => {
    const change = advance(after(placed, 'payment.completed'), input('cancel'));
    expect(change).toMatchObject({
      next: { status: 90, sagaStatus: 'COMPENSATING' },
      news: { type: 'order.cancelled', reason: 'cancel-requested' },
    });
  });

  it.each(['stock.rejected', 'payment.failed', 'deadline'] as const)(
    'given it is confirmed, when %s comes, stays confirmed',
    (type) => {
      expect(advance(after(placed, 'payment.completed'), input(type))).toBeUndefined();
    },
  );

  it.each(['ship', 'deliver'] as const)('given %s, when it is cancelled, stays as it is', (last) => {
    const moves = last === 'ship' ? (['ship'] as const) : (['ship', 'deliver'] as const);
    expect(advance(after(begin(false), ...moves), input('cancel'))).toBeUndefined();
  });

  it('given it is settled, when it is shipped and delivered, tells of each move', () => {
    const shipped = advance(begin(false), input('ship')) as Change;
    expect(shipped).toEqual({
      next: { ...begin(false), status: 25, version: 2 },
      news: { type: 'order.status-changed', previousStatus: 20, currentStatus: 25 },
    });
    expect(advance(shipped.next, input('deliver'))).toEqual({
      next: { ...begin(false), status: 80, version: 3 },
      news: { type: 'order.status-changed', previousStatus: 25, currentStatus: 80 },
    });
  });
});

describe('a cancelled order', () => {
  const cancelled = after(placed, 'stock.reserved', 'cancel');

  it.each([
    ['stock.released', 'payment.refunded'],
    ['stock.released', 'payment.voided'],
    ['payment.refunded', 'stock.released'],
    ['payment.voided', 'stock.released'],
  ] as const)('given %s came, when %s comes, is compensated', (first, second) => {
    const waiting = after(cancelled, first);
    expect(nameOf(waiting)).toBe('90 COMPENSATING');
    expect(advance(waiting, input(second))).toEqual({
      next: {
        status: 90,
        sagaStatus: 'COMPENSATED',
        stockReleased: true,
        paymentReturned: true,
        version: cancelled.version + 2,
      },
    });
  });

  it.each([
    ['stock.released', 'stock.released'],
    ['payment.voided', 'payment.refunded'],
    ['payment.refunded', 'payment.refunded'],
  ] as const)('given %s came, when %s comes, still waits for the other answer', (first, second) => {
    expect(advance(after(cancelled, first), input(second))).toBeUndefined();
  });

  it('when it is paid late, stays cancelled: payment will give it back', () => {
    expect(advance(cancelled, input('payment.completed'))).toBeUndefined();
  });
});

/** The transition table of the design's section 4; what is not in it changes nothing. */
const table: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '10 STARTED': {
    'stock.reserved': '10 PROCESSING',
    'payment.completed': '20 SUCCEEDED, order.confirmed',
    'stock.rejected': '90 FAILED, order.cancelled',
    'payment.failed': '90 COMPENSATING, order.cancelled',
    deadline: '90 COMPENSATING, order.cancelled',
    cancel: '90 COMPENSATING, order.cancelled',
  },
  '10 PROCESSING': {
    'payment.completed': '20 SUCCEEDED, order.confirmed',
    'stock.rejected': '90 FAILED, order.cancelled',
    'payment.failed': '90 COMPENSATING, order.cancelled',
    deadline: '90 COMPENSATING, order.cancelled',
    cancel: '90 COMPENSATING, order.cancelled',
  },
  '20 SUCCEEDED': { cancel: '90 COMPENSATING, order.cancelled', ship: '25 SUCCEEDED, order.status-changed' },
  '25 SUCCEEDED': { deliver: '80 SUCCEEDED, order.status-changed' },
  '90 COMPENSATING': {
    'stock.released': '90 COMPENSATING',
    'payment.refunded': '90 COMPENSATING',
    'payment.voided': '90 COMPENSATING',
  },
  '80 SUCCEEDED': {},
  '90 FAILED': {},
  '90 COMPENSATED': {},
};

const finals = new Set(['80 SUCCEEDED', '90 FAILED', '90 COMPENSATED']);

/** What the table says of an input; of the answers to a cancellation the second one ends the saga. */
function expected(now: Progress, type: SagaInput['type']): string | undefined {
  const to = table[nameOf(now)]?.[type];
  if (to !== '90 COMPENSATING' || now.status !== 90) return to;
  const isStock = type === 'stock.released';
  if (isStock ? now.stockReleased : now.paymentReturned) return undefined;
  return (isStock ? now.paymentReturned : now.stockReleased) ? '90 COMPENSATED' : to;
}

const describeChange = ({ next, news }: Change) => [nameOf(next), ...(news ? [news.type] : [])].join(', ');

interface Walk {
  readonly now: Progress;
  readonly path: readonly string[];
  readonly told: readonly string[];
  readonly changes: number;
}

/** What is wrong with a step; undefined when all holds. */
function violation(walk: Walk, type: SagaInput['type'], change: Change | undefined): string | undefined {
  const says = expected(walk.now, type);
  const does = change && describeChange(change);
  if (says !== does) return `${does} where the table says ${says}`;
  if (change && finals.has(nameOf(walk.now))) return 'a final state was left';
  if (change && change.next.version !== walk.now.version + 1) return 'the version did not grow by one';
  if (walk.now.version !== walk.changes + 1) return 'the version is not the number of changes';
  return undefined;
}

/** What is wrong with all that was told so far. */
function toldWrong({ told, path }: Walk): string | undefined {
  const confirmed = told.indexOf('order.confirmed');
  const cancelled = told.indexOf('order.cancelled');
  if (new Set(told).size !== told.length && !isShippedAndDelivered(told)) return 'something was told twice';
  if (confirmed < 0 || cancelled < 0) return undefined;
  if (confirmed > cancelled) return 'confirmed after it was cancelled';
  return path.includes('cancel') ? undefined : 'both confirmed and cancelled without a cancel';
}

/** The two moves are told by events of one type. */
function isShippedAndDelivered(told: readonly string[]): boolean {
  const moves = told.filter((type) => type === 'order.status-changed');
  return moves.length === 2 && new Set(told).size === told.length - 1;
}

describe('the transition table, over every sequence of inputs up to a length of 6', () => {
  const DEPTH = 6;

  it.each([true, false])('holds for an order whose having items is %s', (hasItems) => {
    const violations: string[] = [];
    const reached = new Set<string>();
    let walks = 0;

    function explore(walk: Walk) {
      walks++;
      reached.add(nameOf(walk.now));
      const wrong = toldWrong(walk);
      if (wrong) violations.push(`${walk.path.join(' → ')}: ${wrong}`);
      if (walk.path.length === DEPTH || violations.length > 0) return;
      for (const one of inputs) {
        const change = advance(walk.now, one);
        const amiss = violation(walk, one.type, change);
        if (amiss) violations.push(`${[...walk.path, one.type].join(' → ')}: ${amiss}`);
        explore({
          now: change?.next ?? walk.now,
          path: [...walk.path, one.type],
          told: change?.news ? [...walk.told, change.news.type] : walk.told,
          changes: walk.changes + (change ? 1 : 0),
        });
      }
    }

    explore({ now: begin(hasItems), path: [], told: [], changes: 0 });
    expect(violations).toEqual([]);
    expect(walks).toBe((inputs.length ** (DEPTH + 1) - 1) / (inputs.length - 1));
    const all = Object.keys(table);
    const open = ['10 STARTED', '10 PROCESSING', '90 FAILED'];
    expect([...reached].sort()).toEqual(all.filter((name) => hasItems || !open.includes(name)).sort());
  });
});
