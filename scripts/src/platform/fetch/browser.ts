import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { cachedPath, isCached } from './cache';
import { ensureServer, type ServerSource } from './server-programs';

/** Chromium without a window, and a font for it to write with. */
const browserSource: ServerSource = {
  title: 'Chromium 120',
  entry: `chromium-debian-1-${process.platform}-${process.arch}`,
  packages: ['chromium-common', 'chromium-headless-shell', 'fonts-dejavu-core'],
  executable: 'usr/lib/chromium/chromium-headless-shell',
  namesOnPath: ['chromium-headless-shell', 'chromium', 'google-chrome', 'chromium-browser'],
  versionPattern: /(\d+)\.(\d+)\.\d+\.\d+/,
  versionMin: [120, 0],
};

/** A browser for tests, and the environment that it runs with besides the system's. */
export interface Browser {
  readonly executable: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** The browser of the cache or, fetched now, of Debian's archive; else the one that is installed. */
export async function ensureBrowser(): Promise<Browser> {
  const { executable, environment } = await ensureServer(browserSource);
  if (!isCached(browserSource.entry)) return { executable, environment };
  return { executable, environment: { ...environment, FONTCONFIG_FILE: ensureFontSettings() } };
}

/** The same font on every machine, so that pictures of pages are alike. */
function ensureFontSettings(): string {
  const root = cachedPath(browserSource.entry);
  const file = join(root, 'fonts.conf');
  const settings = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir>${join(root, 'usr/share/fonts')}</dir>
  <cachedir>${join(root, 'fonts-cache')}</cachedir>
  <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
  <alias><family>sans-serif</family><prefer><family>DejaVu Sans</family></prefer></alias>
</fontconfig>
`;
  if (!existsSync(file)) writeFileSync(file, settings);
  return file;
}
