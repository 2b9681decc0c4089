import { openApi } from '@naru/contracts';
import type { Route } from '@naru/kernel';
import { documentationPage } from './documentation-page';

/** The page that lists what the gateway serves, and the description that it is made from. */
export function documentationRoutes(): Route[] {
  const description = openApi();
  const json = JSON.stringify(description, null, 2);
  const page = documentationPage(description);
  return [
    {
      method: 'GET',
      path: '/openapi.json',
      serve(context) {
        context.type = 'application/json; charset=utf-8';
        context.body = json;
      },
    },
    {
      method: 'GET',
      path: '/docs',
      serve(context) {
        context.set(
          'Content-Security-Policy',
          "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        );
        context.type = 'text/html; charset=utf-8';
        context.body = page;
      },
    },
  ];
}
