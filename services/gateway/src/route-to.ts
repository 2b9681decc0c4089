import type { Operation } from '@naru/contracts';
import { readIdempotencyKey, refuseLargeBody, type Route } from '@naru/kernel';
import type { Admission } from './admission';
import type { Proxy } from './proxy';

/**
 * The route of an operation at the gateway. The service's path is built anew from the operation's template, so that
 * nothing of the client's spelling of the path gets through.
 */
export function routeTo(operation: Operation, baseUrl: string, admission: Admission, proxy: Proxy): Route {
  const isPublic = operation.access === 'public';
  const isTemplate = operation.path.includes('{');
  const pathOf = (params: Readonly<Record<string, string>>) =>
    operation.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  return {
    method: operation.method,
    path: operation.path,
    aliases: operation.aliases,
    async serve(context) {
      refuseLargeBody(context.req);
      const user = isPublic ? await admission.admitAnyone(context) : await admission.admitUser(context);
      // Several fields would reach the service as one, and pass for a key.
      if (operation.idempotent) readIdempotencyKey(context.req);
      const { params, query } = context.state;
      const path = isTemplate ? pathOf(params) : operation.path;
      await proxy.forward(context, {
        service: operation.service,
        baseUrl,
        template: operation.path,
        path: query === '' ? path : `${path}?${query}`,
        hasBody: operation.body !== undefined,
        user,
      });
    },
  };
}
