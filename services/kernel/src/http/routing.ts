import Router from '@koa/router';
import { problem } from '../errors';
import type { HttpMiddleware, HttpState, Route, RouteParts } from './context';
import { readTarget } from './request-target';

/** Serves the route of a request. @throws ProblemError 400, 404 or 405 where there is none */
export function routing(routes: readonly Route[], parts: RouteParts): HttpMiddleware[] {
  const router = new Router<HttpState>({ sensitive: true, strict: true });
  for (const [path, route] of fixedFirst(routes)) {
    router.register(path.replace(/\{(\w+)\}/g, ':$1'), [route.method], async (context) => {
      context.state.route = route.path;
      context.state.params = context.params;
      await route.serve(context, parts);
    });
  }
  return [
    plainTarget,
    router.routes() as HttpMiddleware,
    (context) => {
      const matched = (context as { matched?: readonly { methods: string[] }[] }).matched ?? [];
      if (matched.length === 0) throw problem('not-found', 'there is nothing here');
      const Allow = [...new Set(matched.flatMap(({ methods }) => methods))].sort().join(', ');
      throw problem('method-not-allowed', `this path takes ${Allow}`, { headers: { Allow } });
    },
  ];
}

/** The router sees only paths that have one plain reading, in their one plain spelling. */
const plainTarget: HttpMiddleware = async (context, next) => {
  const { segments, query } = readTarget(context.req.url ?? '');
  context.state.path = `/${segments.join('/')}`;
  context.path = `/${segments.map(encodeURIComponent).join('/')}`;
  context.state.query = query;
  await next();
};

/** As in OpenAPI a path without parameters goes before one with them. */
function fixedFirst(routes: readonly Route[]): [path: string, route: Route][] {
  const all = routes.flatMap((route) =>
    [route.path, ...(route.aliases ?? [])].map((path): [string, Route] => [path, route]),
  );
  const names = all.map(([path, { method }]) => `${method} ${path}`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw new Error(`${twice} is declared twice`);
  const isTemplate = (path: string) => path.includes('{');
  return all.sort(([a], [b]) => Number(isTemplate(a)) - Number(isTemplate(b)));
}
