import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

/** Where explorer/build.mjs puts the page. */
const DIRECTORY = join(__dirname, '../dist/explorer');

export const PAGE_FILE = 'index.html';

export interface ExplorerFile {
  readonly contentType: string;
  readonly bytes: Buffer;
}

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.png': 'image/png',
  '': 'text/plain; charset=utf-8',
};

/**
 * The page's files by name. They are read once, so that no path of a client's ever reaches the disk. There are none
 * where the page was not built, as in tests of something else.
 * @throws Error for a file of a kind that is not known
 */
export function explorerFiles(directory = DIRECTORY): ReadonlyMap<string, ExplorerFile> {
  if (!existsSync(directory)) return new Map();
  return new Map(
    readdirSync(directory).map((name) => {
      const contentType = contentTypes[extname(name)];
      if (!contentType) throw new Error(`${name} is of no kind that the explorer has`);
      return [name, { contentType, bytes: readFileSync(join(directory, name)) }];
    }),
  );
}
