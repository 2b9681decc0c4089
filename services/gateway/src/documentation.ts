import { openApi, pages } from '@naru/contracts';
import { problem, type HttpContext, type Route } from '@naru/kernel';
import { explorerFiles, PAGE_FILE, type ExplorerFile } from './explorer-files';

/** Everything comes from the gateway, and nothing is inline but what Swagger UI's style sheet holds as data. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** What the gateway serves, as a description for machines and as a page that calls can be made from. */
export function documentationRoutes(files: ReadonlyMap<string, ExplorerFile> = explorerFiles()): Route[] {
  const description = Buffer.from(JSON.stringify(openApi(), null, 2));
  return [
    {
      method: 'GET',
      path: pages.openApi.path,
      serve: (context) =>
        give(context, { contentType: 'application/json; charset=utf-8', bytes: description }),
    },
    {
      method: 'GET',
      path: pages.explorer.path,
      serve(context) {
        const page = files.get(PAGE_FILE);
        if (!page)
          throw problem('not-found', 'the page is not built: node services/gateway/explorer/build.mjs');
        context.set('Content-Security-Policy', PAGE_POLICY);
        give(context, page);
      },
    },
    {
      method: 'GET',
      path: pages.explorerFile.path,
      serve(context) {
        const name = context.state.params['file'] ?? '';
        const file = name === PAGE_FILE ? undefined : files.get(name);
        if (!file) throw problem('not-found', 'the page has no such file');
        give(context, file);
      },
    },
  ];
}

function give(context: HttpContext, { contentType, bytes }: ExplorerFile): void {
  context.set('Cache-Control', 'no-cache');
  context.type = contentType;
  context.body = bytes;
}
