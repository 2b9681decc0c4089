import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BYTES_MAX = 200_000;
/** What the first answers of the API are allowed of it. */
const API_BYTES = 20_000;

let target: string;
beforeAll(() => {
  target = mkdtempSync(join(tmpdir(), 'naru-pages-'));
  execFileSync(process.execPath, [join(__dirname, '../ui/build.mjs'), target], { stdio: 'pipe' });
});
afterAll(() => rmSync(target, { recursive: true, force: true }));

test('the page with all it loads is under 200 kB, uncompressed', () => {
  const files = [join(target, 'index.html'), ...assets().map((file) => join(target, 'assets', file))];
  const bytes = files.reduce((sum, file) => sum + readFileSync(file).length, 0);
  expect(bytes).toBeLessThan(BYTES_MAX - API_BYTES);
});

test('the page names its files by what is in them, has nothing inline, and asks for nothing elsewhere', () => {
  const html = readFileSync(join(target, 'index.html'), 'utf8');
  const asked = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path);
  expect(asked.map((path) => path!.replace(/-[A-Z0-9]{8}\./, '-HASH.')).sort()).toEqual([
    '/assets/icon-HASH.svg',
    '/assets/main-HASH.js',
    '/assets/style-HASH.css',
  ]);
  expect(asked.map((path) => path!.replace('/assets/', '')).sort()).toEqual(assets());
  expect(html).not.toMatch(/<style|style=|<script[^>]*>[^<]|\son\w+=/);
  const style = assets().find((file) => file.endsWith('.css'))!;
  expect(readFileSync(join(target, 'assets', style), 'utf8')).not.toMatch(/url\((?!["']?data:)/);
});

function assets(): string[] {
  return readdirSync(join(target, 'assets')).sort();
}
