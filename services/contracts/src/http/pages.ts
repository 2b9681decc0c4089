import { Type, type TObject, type TSchema } from '@sinclair/typebox';
import type { ProblemCode } from './problems';
import { closed, named } from './schemas';

/** What the gateway answers by itself: nothing is counted against a limit, and no token is needed. */
export interface GatewayPage {
  readonly id: string;
  readonly summary: string;
  readonly path: string;
  readonly params?: TObject;
  /** Of the answer; a page whose files are of several kinds names all of them. */
  readonly mediaTypes: readonly string[];
  readonly answer?: TSchema;
  readonly problems?: readonly ProblemCode[];
}

const Health = named('Health', closed({ status: Type.Literal('ok') }));

/** Paths that every process has, for Kubernetes and Prometheus. */
export const operationalPaths = {
  live: '/health/live',
  ready: '/health/ready',
  metrics: '/metrics',
} as const;

export const pages = {
  explorer: {
    id: 'explorer',
    summary: 'This description as a page that calls can be made from',
    path: '/docs',
    mediaTypes: ['text/html'],
  },
  explorerFile: {
    id: 'explorerFile',
    summary: 'A file of the page',
    path: '/docs/{file}',
    params: closed({
      file: Type.String({ pattern: '^[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)*$', examples: ['explorer.js'] }),
    }),
    mediaTypes: ['text/css', 'text/javascript', 'text/plain', 'image/png'],
    problems: ['not-found'],
  },
  openApi: {
    id: 'openApi',
    summary: 'This description, for machines',
    path: '/openapi.json',
    mediaTypes: ['application/json'],
    answer: Type.Object({ openapi: Type.Literal('3.1.0') }),
  },
  live: {
    id: 'live',
    summary: 'Whether the gateway runs',
    path: operationalPaths.live,
    mediaTypes: ['application/json'],
    answer: Health,
    problems: ['not-ready'],
  },
  ready: {
    id: 'ready',
    summary: 'Whether the gateway takes requests',
    path: operationalPaths.ready,
    mediaTypes: ['application/json'],
    answer: Health,
    problems: ['not-ready'],
  },
  metrics: {
    id: 'metrics',
    summary: 'Metrics, in the text format of Prometheus',
    path: operationalPaths.metrics,
    mediaTypes: ['text/plain'],
  },
} as const satisfies Record<string, GatewayPage>;
