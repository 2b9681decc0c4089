import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { services as declared, type ServiceName } from '@naru/contracts';
import * as fc from 'fast-check';
import type { Browser } from 'playwright-core';
import { openTab, startBrowser } from './browser';
import { readDocument, type ApiDocument, type DocumentedOperation } from './contract/document';
import { judge } from './contract/judge';
import { brokenPlan, firstPlan, soundPlan, toRequest, type Plan, type Soundness } from './contract/requests';
import { setScene, type Scene } from './contract/scene';
import { openWire, type RawAnswer, type RawRequest, type Wire } from './contract/send';
import { tableOf, type Outcome } from './contract/table';
import { startNaru, type Naru } from './naru';

/** Requests of each operation. */
const SOUND = 25;
const BROKEN = 60;
const AT_ONCE = 6;
const SENDING_MS = 90_000;
const TEST_MS = 240_000;
const FINDINGS_TOLD_MAX = 20;
/** What a request is told that is not as declared, or whose sender is not known. */
const MISREAD =
  /^(request|path|query|body|headers|token)-(?!of)|^(invalid-request|media-type-unsupported|idempotency-key-invalid|method-not-allowed)$/;

const services = Object.keys(declared) as ServiceName[];
const seed = Number(process.env['NARU_FUZZ_SEED'] ?? randomInt(2 ** 31));

let naru: Naru;
let document: ApiDocument;
let scene: Scene;
let wire: Wire;
let raw: object;

beforeAll(async () => {
  naru = await startNaru({
    services: services.filter((name) => name !== 'console'),
    serviceEnv: {
      gateway: { RATE_LIMIT_POINTS: '1000000' },
      // Thousands of sign-ups and sign-ins: what a password costs is not what is looked at here.
      user: { PASSWORD_MEMORY_KIB: '8', PASSWORD_PASSES: '1' },
    },
  });
  raw = (await naru.gateway.get('/openapi.json')).body as object;
  document = readDocument(raw);
  const { example } = document.operations.find(({ id }) => id === 'changeOrderStatus')!;
  const { customerId, customerEmail } = example as { customerId: string; customerEmail: string };
  scene = await setScene(naru, { customerId, customerEmail });
  wire = openWire(naru.platform.urls.gateway, AT_ONCE);
}, TEST_MS);
afterAll(async () => {
  wire?.close();
  await naru?.stop();
}, 60_000);

/** The plans of a seed: first one of each operation that is to succeed, then sound and broken ones in turn. */
function plansOf({ pool, ownOrders }: Scene): Plan[] {
  const firsts = document.operations.map((operation, index) =>
    firstPlan(operation, firstBody(operation, pool), index % ownOrders),
  );
  const others = document.operations.map((operation, index) => {
    const options = (numRuns: number) => ({ seed: seed + index, numRuns });
    return [
      ...fc.sample(soundPlan(document, pool, operation), options(SOUND)),
      ...fc.sample(brokenPlan(document, pool, operation), options(BROKEN)),
    ];
  });
  // In turn, so that a run that is cut short has asked for everything.
  const inTurn = Array.from({ length: SOUND + BROKEN }, (_, at) => others.map((plans) => plans[at]!));
  return [...firsts, ...inTurn.flat()];
}

/** The document's own example, about what is there; a sign-up by an alias is of somebody else. */
function firstBody({ id, example }: DocumentedOperation, pool: Scene['pool']): object | undefined {
  if (!example) return undefined;
  const about = Object.keys(example).filter((name) => pool[name] && name !== 'email' && name !== 'password');
  const another = id.startsWith('signUpAt') ? { email: `${id}@example.com` } : {};
  return { ...example, ...another, ...Object.fromEntries(about.map((name) => [name, pool[name]![0]])) };
}

async function run(plan: Plan): Promise<Outcome> {
  const isLogout = plan.operation.path.endsWith('logout') && (plan.token === 'own' || plan.token === 'other');
  const disposable = isLogout ? await scene.disposableToken() : undefined;
  const authorization = (kind: Plan['token']) => disposable ?? scene.token(kind);
  const request = toRequest(plan, { pool: scene.pool, authorization, run: String(seed) });
  try {
    const answer = await wire.send(request);
    const findings = [...judge(document, request, answer), ...disappoints(plan, answer)];
    return {
      plan,
      status: answer.status,
      findings: findings.map((finding) => tell(finding, plan, request, answer)),
    };
  } catch (error) {
    return {
      plan,
      status: undefined,
      findings: [tell(`no answer: ${String(error)}`, plan, request, undefined)],
    };
  }
}

/** A sound request is taken for one, an unsound one is refused, and nobody ever hears of a fault of ours. */
function disappoints({ soundness }: Plan, { status, body }: RawAnswer): string[] {
  if (status >= 500) return [`${status} although nothing is down`];
  const code = status >= 400 && body !== '' ? (JSON.parse(body) as { code: string }).code : '';
  const isAsSaid: Readonly<Record<Soundness, boolean>> = {
    sound: !MISREAD.test(code),
    unsound: status >= 400,
    open: true,
  };
  return isAsSaid[soundness] ? [] : [`${status} to a request that is ${soundness}`];
}

function tell(finding: string, plan: Plan, request: RawRequest, answer: RawAnswer | undefined): string {
  const { method, target, headers, body } = request;
  const shown = headers.join(' ').replace(/eyJ[\w.-]+/g, '<token>');
  return [
    `${plan.operation.id} (${plan.what}): ${finding}`,
    `  ${method} ${target.slice(0, 200)} [${shown.slice(0, 200)}] ${body?.toString().slice(0, 200) ?? ''}`,
    `  → ${answer?.status ?? 'nothing'} ${answer?.body.slice(0, 300) ?? ''}`,
  ].join('\n');
}

async function runAll(plans: readonly Plan[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const endsAt_ms = performance.now() + SENDING_MS;
  const left = plans[Symbol.iterator]();
  const work = async () => {
    for (const plan of left) {
      outcomes.push(await run(plan));
      if (performance.now() > endsAt_ms) return;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return outcomes;
}

test(
  'whatever is sent to the gateway, each answer is one that the document has',
  async () => {
    const plans = plansOf(scene);
    const firsts: Outcome[] = [];
    for (const plan of plans.slice(0, document.operations.length)) firsts.push(await run(plan));
    const outcomes = [...firsts, ...(await runAll(plans.slice(document.operations.length)))];
    process.stdout.write(
      `\nNARU_FUZZ_SEED=${seed}: ${outcomes.length} of ${plans.length} requests sent\n${tableOf(outcomes)}\n`,
    );
    const findings = [...new Set(outcomes.flatMap((outcome) => outcome.findings))];
    if (findings.length > FINDINGS_TOLD_MAX) console.error(`${findings.length} findings`);
    expect(findings.slice(0, FINDINGS_TOLD_MAX).join('\n')).toBe('');
    const failed = firsts.filter(({ status }) => status === undefined || status >= 300);
    expect(failed.map(({ plan, status }) => `${plan.operation.id}: ${status}`)).toEqual([]);
    const refused = (plan: Plan) =>
      outcomes.some((each) => each.plan.operation === plan.operation && each.status! >= 400);
    expect(firsts.filter(({ plan }) => !refused(plan)).map(({ plan }) => plan.operation.id)).toEqual([]);
  },
  TEST_MS,
);

describe('an answer that the document does not have is noticed', () => {
  const asked = { method: 'GET', target: '/api/boards?limit=1' };
  let good: RawAnswer;
  beforeAll(async () => {
    const headers = ['Authorization', scene.token('own')!];
    good = await wire.send({ ...asked, headers, body: undefined, isChunked: false });
  });
  const wrong: [string, (answer: RawAnswer) => RawAnswer, RegExp][] = [
    ['status', (answer) => ({ ...answer, status: 418 }), /status 418/],
    ['500', (answer) => ({ ...answer, status: 500 }), /status 500/],
    [
      'content type',
      (answer) => ({ ...answer, headers: { ...answer.headers, 'content-type': 'text/html' } }),
      /text\/html/,
    ],
    [
      'header',
      (answer) => ({ ...answer, headers: { ...answer.headers, 'x-powered-by': 'x' } }),
      /x-powered-by/,
    ],
    [
      'missing header',
      ({ headers: { 'x-request-id': _, ...headers }, ...answer }) => ({ ...answer, headers }),
      /x-request-id is missing/,
    ],
    ['header’s value', (answer) => ({ ...answer, headers: { ...answer.headers, link: 'x' } }), /link: x/],
    ['field', (answer) => ({ ...answer, body: answer.body.replace('"boardId"', '"id"') }), /boardId/],
    ['type', (answer) => ({ ...answer, body: '{}' }), /array/],
    ['no JSON', (answer) => ({ ...answer, body: '[' }), /not JSON/],
  ];
  test.each(wrong)('%s', (_, spoil, finding) => {
    expect(judge(document, asked, good)).toEqual([]);
    expect(judge(document, asked, spoil(good)).join()).toMatch(finding);
  });

  test('a problem with a code that the operation does not have', () => {
    const problem = {
      type: 'urn:naru:problem:order-unknown',
      title: 'Not Found',
      status: 404,
      code: 'order-unknown',
    };
    const answer = (code: string): RawAnswer => ({
      status: 404,
      headers: { 'content-type': 'application/problem+json' },
      body: JSON.stringify({ ...problem, code }),
    });
    const board = { method: 'GET', target: '/api/boards/7' };
    expect(judge(document, board, answer('board-unknown'))).toEqual([]);
    expect(judge(document, board, answer('order-unknown')).join()).toMatch(/code/);
  });
});

describe('the explorer', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser();
  }, TEST_MS);
  afterAll(() => browser?.close());

  test(
    'makes calls with a token that is pasted in, and asks nobody else',
    async () => {
      const tab = await openTab(browser, `${naru.gateway.url}/docs`);
      const asked = new Set<string>();
      tab.page.on('request', (request) => asked.add(new URL(request.url()).origin));
      try {
        await tab.page.click('.auth-wrapper .authorize');
        await tab.page.fill('.auth-container input', scene.token('own')!.replace('Bearer ', ''));
        await tab.page.click('.auth-btn-wrapper .authorize');
        await tab.page.click('.auth-btn-wrapper .btn-done');
        await tab.page.click('#operations-user-getMe .opblock-summary-control');
        await tab.page.click('#operations-user-getMe .execute');
        const answered = tab.page.locator(
          '#operations-user-getMe .live-responses-table .response-col_status',
        );
        await answered.first().waitFor();
        await tab.until(
          'the answer is 200',
          `[...document.querySelectorAll('#operations-user-getMe .live-responses-table .response-col_status')].some(({ textContent }) => textContent.startsWith('200'))`,
        );
        expect([...asked]).toEqual([naru.gateway.url]);
        expect(tab.errors).toEqual([]);
        await tab.picture('api-explorer');
      } finally {
        await tab.close();
      }
    },
    TEST_MS,
  );
});
