import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { services as declared, type ServiceName } from '@naru/contracts';
import { client, type Client, type User } from '../support/client';
import { eventually } from '../support/eventually';
import { openTab, startBrowser, themes, type Tab, type Theme } from './browser';
import { startNaru, type Naru } from './naru';

const PAGE_BYTES_MAX = 200_000;
const TEST_MS = 300_000;
/** Three retries two seconds apart, and the way to the topic. */
const DEAD_LETTER_MS = 60_000;
const AUDIT_MS = 180_000;
const views = ['map', 'story', 'events', 'dead-letters'] as const;
/** Whom the notification service refuses unless it is told otherwise. */
const refused = {
  customerId: 'fail-user-1',
  customerEmail: 'fail@example.com',
  totalAmount: 5000,
  currency: 'KRW',
};
const keyboard = { productName: 'wireless-keyboard', price: 59900, currency: 'KRW', stockQuantity: 1_000 };

let naru: Naru;
let browser: Browser;
let console9000: Client;
let buyer: User;
let refusedOrder: string;
let boughtOrder: string;
let tabs: Tab[] = [];

beforeAll(async () => {
  [naru, browser] = await Promise.all([
    startNaru({ services: Object.keys(declared) as ServiceName[] }),
    startBrowser(),
  ]);
  console9000 = client(naru.platform.urls.service('console'));
  buyer = await naru.newUser('Buyer');
  // Refused at once, it becomes a dead letter while other tests run.
  refusedOrder = String((await buyer.client.post('/api/orders', refused)).body.orderId);
}, 300_000);
afterAll(async () => {
  await browser?.close();
  await naru?.stop();
}, 60_000);
afterEach(async () => {
  await Promise.all(tabs.map((tab) => tab.close()));
  tabs = [];
});

const operator = () => `#token=${naru.platform.secrets.operatorToken}`;

async function open(fragment: string, theme?: Theme): Promise<Tab> {
  const tab = await openTab(browser, `${console9000.url}/${fragment}`, theme);
  tabs.push(tab);
  await tab.page.getByText('live', { exact: true }).waitFor();
  return tab;
}

/** Buys something again and again until `done` resolves. */
async function withOrders<T>(done: () => Promise<T>): Promise<T> {
  const { productId } = (await buyer.client.post('/api/products', keyboard)).body;
  const items = [{ productId, quantity: 1 }];
  const order = {
    customerId: 'user-1',
    customerEmail: 'u@example.com',
    totalAmount: 59900,
    currency: 'KRW',
    items,
  };
  let isDone = false;
  const buying = (async () => {
    while (!isDone) {
      const { status, body } = await buyer.client.post('/api/orders', order);
      expect(status).toBe(201);
      boughtOrder = String(body.orderId);
    }
  })();
  try {
    return await done();
  } finally {
    isDone = true;
    await buying;
  }
}

test(
  'events run along the map while requests are made, and the page is light',
  async () => {
    const tab = await open(operator());
    const { page } = tab;
    await page.getByRole('heading', { name: 'Brokers' }).waitFor();
    expect(await tab.bytes()).toBeLessThan(PAGE_BYTES_MAX);
    expect(await tab.bytes()).toBeGreaterThan(PAGE_BYTES_MAX / 2);

    await withOrders(async () => {
      const published = page.locator('[data-edge="order>order.created.v1"]');
      await published.locator('.rate', { hasText: /\/s$/ }).waitFor();
      // A level line has no height, which to the browser's driver is not visible.
      await page.locator('[data-edge="order.created.v1>product"] .flow.busy').waitFor({ state: 'attached' });
      const offsets = new Set<string>();
      await eventually('dots are in different places', async () => {
        offsets.add(
          await page.evaluate<string>(
            `getComputedStyle(document.querySelector('[data-edge="order>order.created.v1"] .flow')).strokeDashoffset`,
          ),
        );
        return offsets.size > 2;
      });
      await page.getByText(/Events written [1-9]/).waitFor();

      // What comes each second changes words and attributes of what is there; it does not draw the map again.
      await page.evaluate(`
        window.redrawn = 0;
        window.changed = 0;
        new MutationObserver((records) => {
          for (const { type, addedNodes } of records)
            if (type === 'childList') window.redrawn += addedNodes.length;
            else window.changed++;
        }).observe(document.querySelector('.map svg'), { childList: true, characterData: true, attributes: true, subtree: true });
      `);
      await tab.until('the map changes', 'window.changed > 30');
      expect(await page.evaluate('window.redrawn')).toBe(0);
      await tab.picture('console-map');
    });

    await page.getByRole('link', { name: 'Story' }).click();
    await page.getByLabel('Order id or user id').fill(boughtOrder);
    await page.getByRole('button', { name: 'Tell' }).click();
    await page.getByText('this order waits for nobody').waitFor();
    await tab.picture('console-story');

    await page.getByRole('link', { name: 'Map' }).click();
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await tab.until(
      'nothing moves for who does not want it',
      "document.getAnimations().every((running) => running.effect?.target?.matches('.flow') !== true)",
    );
    await page.getByText('The map as tables').click();
    await page.getByRole('row', { name: /^order\b.*1 of 1/ }).waitFor();
    await page.getByRole('link', { name: /^order\.created\.v1/ }).click();
    await page.getByRole('heading', { name: 'order.created.v1' }).waitFor();
    expect(tab.errors).toEqual([]);
  },
  TEST_MS,
);

test(
  'without the token everything can be seen and nothing can be done',
  async () => {
    const tab = await open('');
    const { page } = tab;
    await page.getByRole('button', { name: 'Run the audit' }).waitFor();
    await page
      .getByRole('button', { name: /^kill / })
      .first()
      .waitFor();
    for (const button of await page.locator('#audit > header button, #chaos button:not(.link)').all())
      expect(await button.isDisabled()).toBe(true);
    expect(await page.getByRole('switch', { disabled: false }).count()).toBe(0);
    await page.getByText(/Hurting this Naru takes the operator’s token/).waitFor();

    await waitForDeadLetter();
    await page.getByRole('link', { name: 'Dead letters' }).click();
    await page
      .getByRole('button', { name: /^Redrive…/ })
      .first()
      .waitFor();
    expect(await page.getByRole('button', { name: /^(Redrive|Its key|Edit)/, disabled: false }).count()).toBe(
      0,
    );
    await page.getByText('Payload').first().click();
    await page.getByText('Values are masked.').first().waitFor();
    expect(await page.locator('pre').first().innerText()).not.toContain(refused.customerEmail);
    expect(tab.errors).toEqual([]);

    const attempts = {
      'dead-letters/redrive': { all: true, dryRun: true },
      'parked/release': { all: true },
      audit: {},
      'chaos/parts/broker-2': { action: 'kill' },
      'chaos/burst': { kind: 'orders', perSecond: 1, seconds: 1 },
    };
    for (const [path, body] of Object.entries(attempts))
      expect((await console9000.post(`/api/${path}`, body)).status).toBe(401);
    expect((await console9000.get('/api/events?topic=user.signed-up&payload=shown')).status).toBe(401);

    await page.getByRole('button', { name: 'Enter it' }).click();
    await page.getByLabel('Token', { exact: true }).fill('not-the-token-of-this-naru');
    await page.getByRole('button', { name: 'Keep it' }).click();
    await page
      .getByRole('button', { name: /^Redrive…/ })
      .first()
      .click();
    await page.getByRole('alert').filter({ hasText: 'token' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Read-only: enter token' }).waitFor();
  },
  TEST_MS,
);

test(
  'a dead letter is redriven by clicking: what would go is shown first, then it goes, and has its effect',
  async () => {
    await waitForDeadLetter();
    // The cause is mended before: the service refuses nobody any more.
    await naru.platform.service('notification').stop();
    await naru.platform.service('notification').start({ NOTIFICATION_FAIL_PREFIX: '' });

    const tab = await open(operator());
    const { page } = tab;
    expect(page.url()).not.toContain('token');
    await page.getByRole('link', { name: 'Dead letters' }).click();
    const letter = page.getByRole('row', { name: new RegExp(refusedOrder) });
    await letter.getByRole('button', { name: /^Redrive…/ }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Dry run: 1 record would be sent').waitFor();
    await tab.picture('console-dead-letters');
    expect((await letterOfOrder())?.state).toBe('waiting');

    await dialog.getByRole('button', { name: 'Send 1 record' }).click();
    await page.getByText('1 record sent again.').waitFor();
    await letter.getByText('redriven').waitFor();
    expect((await letterOfOrder())?.state).toBe('redriven');
    await eventually(
      'the notification is sent',
      async () => {
        const { body } = await naru
          .direct('notification')
          .get(`/internal/notifications?orderId=${refusedOrder}`);
        return (body as { status: string }[]).some(({ status }) => status === 'SENT');
      },
      DEAD_LETTER_MS,
    );

    await letter.getByRole('link', { name: refusedOrder }).click();
    await page.getByRole('heading', { name: 'Steps' }).waitFor();
    await page.getByRole('link', { name: 'Events' }).click();
    await page.getByLabel('Topic').selectOption('order.created.v1');
    await page.getByRole('button', { name: 'Look' }).click();
    const event = page.getByRole('row', { name: new RegExp(refusedOrder) }).first();
    await event.locator('summary').click();
    await event.getByText('Values are masked.').waitFor();
    await page.getByRole('switch').check();
    await event.getByText(refused.customerEmail).waitFor();
    expect(tab.errors).toEqual([]);
  },
  TEST_MS,
);

test(
  'a broker is killed and started again by clicking, and every promise is kept',
  async () => {
    const tab = await open(operator());
    const { page } = tab;
    await withOrders(async () => {
      await page.getByRole('button', { name: 'kill broker-2' }).click();
      await page.locator('[data-broker="2"].bad').waitFor();
      await page.getByText(/^[1-9]\d* partitions? under-replicated/).waitFor();
      await tab.picture('console-broker-down');
      await page.getByRole('button', { name: 'start broker-2' }).click();
      await page.locator('[data-broker="2"].good').waitFor({ timeout: DEAD_LETTER_MS });
    });
    await page
      .getByText('0 partitions under-replicated, 0 under min ISR, 0 offline.')
      .waitFor({ timeout: AUDIT_MS });
    await page.getByText('Records not yet consumed 0').waitFor({ timeout: AUDIT_MS });

    await page.getByRole('button', { name: 'Run the audit' }).click();
    const { body } = await eventually(
      'the audit has judged',
      async () => {
        const answer = await console9000.get('/api/audit');
        return answer.body.finishedAt !== null && !answer.body.running && answer;
      },
      AUDIT_MS,
    );
    const findings = body.findings as { violated: number }[];
    expect({ error: body.error, violated: findings.filter(({ violated }) => violated > 0) }).toEqual({
      error: null,
      violated: [],
    });
    await page
      .getByText(/^All promises hold/)
      .first()
      .waitFor();
    expect(await page.locator('.lights > .good').count()).toBeGreaterThan(5);
    expect(await page.locator('.lights > .bad').count()).toBe(0);
    await tab.picture('console-audit');
    expect(body.isGreen).toBe(true);
    expect(tab.errors).toEqual([]);
  },
  TEST_MS + AUDIT_MS,
);

test.each(themes)(
  'axe finds nothing serious in the %s theme, in any view',
  async (theme) => {
    const tab = await open(operator(), theme);
    for (const view of views) {
      await tab.page.getByRole('navigation').locator(`a[href="#/${view}"]`).click();
      await tab.page.locator(`nav a[href="#/${view}"][aria-current]`).waitFor();
      expect(await tab.violations()).toEqual([]);
    }
    await tab.page.goto(`${console9000.url}/#/story?id=${refusedOrder}`);
    await tab.page.getByRole('heading', { name: 'Steps' }).waitFor();
    expect(await tab.violations()).toEqual([]);
    await tab.page.goto(`${console9000.url}/#/map?node=notification`);
    await tab.page.getByRole('heading', { name: 'notification' }).waitFor();
    await tab.page.getByText('The map as tables').click();
    expect(await tab.violations()).toEqual([]);
    expect(tab.errors).toEqual([]);
  },
  TEST_MS,
);

test(
  'a page whose console is gone says so, and is alive again with it',
  async () => {
    const { page } = await open('');
    await naru.platform.service('console').kill('SIGKILL');
    await page.getByText('Not connected to the console.').waitFor();
    await page.getByText('not connected', { exact: true }).waitFor();
    await naru.platform.service('console').start();
    await page.getByText('live', { exact: true }).waitFor();
    expect(await page.getByText('Not connected to the console.').count()).toBe(0);
  },
  TEST_MS,
);

async function letterOfOrder(): Promise<{ state: string } | undefined> {
  const { body } = await console9000.get(`/api/dead-letters?topic=order.created.v1&key=${refusedOrder}`);
  return (body.letters as { state: string }[])[0];
}

function waitForDeadLetter(): Promise<unknown> {
  return eventually('the refused order is a dead letter', letterOfOrder, DEAD_LETTER_MS);
}
