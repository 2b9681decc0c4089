import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { source as axeSource } from 'axe-core';
import { chromium, type Browser, type Page, type Request } from 'playwright-core';
import { ensureBrowser } from '@naru/scripts';
import { eventually } from '../support/eventually';

const ANSWER_MS = 60_000;
const VIEWPORT = { width: 1440, height: 900 };
/** Pictures for the documents are taken when this is set: a test run leaves the tree as it was. */
const PICTURES_VARIABLE = 'NARU_PICTURES';
const PICTURES = join(__dirname, '../../docs/images');

export type Theme = 'light' | 'dark';
export const themes: readonly Theme[] = ['light', 'dark'];

/** A tab of its own, with a session of its own, and what went wrong in it. */
export interface Tab {
  readonly page: Page;
  /** What the browser wrote to its console as an error: scripts, policies, answers of 4xx and 5xx. */
  readonly errors: readonly string[];
  /** Bytes of all answers so far, uncompressed; without those that have not ended. */
  bytes(): Promise<number>;
  /** Serious and critical violations that axe finds in what is shown. */
  violations(): Promise<string[]>;
  /** Waits until an expression of the page is true. */
  until(what: string, expression: string): Promise<void>;
  /** Takes a picture into docs/images, if pictures are wanted. */
  picture(name: string): Promise<void>;
  close(): Promise<void>;
}

/** The browser of this machine or of Debian, without a window. */
export async function startBrowser(): Promise<Browser> {
  const { executable, environment } = await ensureBrowser();
  const env = { ...process.env, ...environment } as Record<string, string>;
  return chromium.launch({ executablePath: executable, env, timeout: ANSWER_MS });
}

export async function openTab(browser: Browser, url: string, colorScheme: Theme = 'light'): Promise<Tab> {
  const context = await browser.newContext({ viewport: VIEWPORT, colorScheme });
  context.setDefaultTimeout(ANSWER_MS);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(`${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  const sizes: Promise<number>[] = [];
  page.on('requestfinished', (request) => sizes.push(sizeOf(request)));
  await page.goto(url);
  return {
    page,
    errors,
    bytes: async () => (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0),
    violations: () => violationsIn(page),
    until: (what, expression) =>
      eventually(what, () => page.evaluate<boolean>(expression), ANSWER_MS).then(() => {}),
    picture: (name) => takePicture(page, name),
    close: () => context.close(),
  };
}

/** An answer without a body, as of a redirect, has no size. */
async function sizeOf(request: Request): Promise<number> {
  const response = await request.response();
  return response ? (await response.body().catch(() => Buffer.alloc(0))).length : 0;
}

async function violationsIn(page: Page): Promise<string[]> {
  // By the debugger's protocol, which the page's content security policy does not keep from running scripts.
  await page.evaluate(axeSource);
  const found = await page.evaluate<{ id: string; impact: string; nodes: { html: string }[] }[]>(
    'axe.run().then(({ violations }) => violations)',
  );
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

async function takePicture(page: Page, name: string): Promise<void> {
  if (!process.env[PICTURES_VARIABLE]) return;
  if (!existsSync(PICTURES)) mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
}
