import { operationalPaths } from '@naru/contracts';
import { problem } from '../errors';
import type { Metrics } from '../telemetry/metrics';
import type { HttpContext, Route } from './context';

const operational = new Set<string>(Object.values(operationalPaths));

/** Whether a route is asked by machinery every few seconds. */
export function isOperational(route: string): boolean {
  return operational.has(route);
}

export interface Health {
  /** False only when nothing but a restart helps. */
  isLive(): boolean;
  /** Null when ready, else the cause, e.g. `draining` or `database`. */
  isReady(): string | null;
}

/** Every process has these, for Kubernetes and Prometheus; the gateway routes to none of them. */
export function healthRoutes(health: Health, metrics: Metrics): Route[] {
  return [
    {
      method: 'GET',
      path: operationalPaths.live,
      serve: (context) => tell(context, health.isLive() ? null : 'stuck'),
    },
    { method: 'GET', path: operationalPaths.ready, serve: (context) => tell(context, health.isReady()) },
    {
      method: 'GET',
      path: operationalPaths.metrics,
      async serve(context) {
        context.type = metrics.registry.contentType;
        context.body = await metrics.registry.metrics();
      },
    },
  ];
}

function tell(context: HttpContext, cause: string | null): void {
  if (cause !== null) throw problem('not-ready', cause, { headers: { 'Retry-After': '1' } });
  context.set('Cache-Control', 'no-store');
  context.body = { status: 'ok' };
}
