import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { send } from '@koa/send';
import { ProblemError, type HttpContext, type Route } from '@naru/kernel';

/** Where the build of ui/ puts the page. */
const PAGE_DIRECTORY = join(__dirname, '../ui');
/** Names of files in it have a digest of what is in them. */
const ASSET_AGE_MS = 365 * 24 * 60 * 60 * 1_000;

/** The page and its files. */
export function pageRoutes(directory = PAGE_DIRECTORY): Route[] {
  return [
    { method: 'GET', path: '/', serve: (context) => serve(context, directory, 'index.html', 'no-cache') },
    {
      method: 'GET',
      path: '/assets/{file}',
      serve: (context) =>
        serve(
          context,
          directory,
          `assets/${context.state.params['file'] ?? ''}`,
          `public, max-age=${ASSET_AGE_MS / 1_000}, immutable`,
        ),
    },
  ];
}

async function serve(context: HttpContext, directory: string, file: string, caching: string): Promise<void> {
  if (!existsSync(join(directory, 'index.html')))
    throw new ProblemError(
      404,
      'page-not-built',
      'the page is not there: npm run build in services/console/ui',
    );
  try {
    await send(context, file, { root: directory, index: false });
  } catch {
    throw new ProblemError(404, 'not-found', 'there is nothing here');
  }
  if (context.status === 404) throw new ProblemError(404, 'not-found', 'there is nothing here');
  context.set('Cache-Control', caching);
}
