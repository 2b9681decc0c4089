import { ProblemError, route, type KafkaObserver, type Route } from '@naru/kernel';
import { readOrderStory, readUserStory, type Connections } from '@naru/operations';
import type { Auditor } from './audit/auditor';
import { browseEvents } from './events/browse';
import { listLetters } from './letters/list';
import { discardKey, listParkedKeys, releaseKeys } from './letters/parked';
import { redriveCopy, redriveLetters } from './letters/redrive';
import { consoleOperations as operations } from './operations';
import { orderStoryView } from './stories/order';
import { userStoryView } from './stories/user';
import { drawTopology } from './topology';
import type { Watch } from './watch';

export interface ApiParts {
  readonly watch: Watch;
  readonly auditor: Auditor;
  readonly connections: Connections & { readonly broker: KafkaObserver };
  /** Throws unless the header names the operator's token. */
  checkToken(authorization: string | undefined): void;
  newId(): string;
}

/** What is read, and what is sent again. */
export function apiRoutes({ watch, auditor, connections, checkToken, newId }: ApiParts): Route[] {
  const topology = drawTopology();
  type Request = { header(name: string): string | undefined };
  const mustBeOperator = (request: Request) => checkToken(request.header('authorization'));
  /** What payloads hold is for who has the token. */
  const isShown = (request: Request & { query: { payload?: 'shown' } }): boolean => {
    if (request.query.payload !== 'shown') return false;
    mustBeOperator(request);
    return true;
  };
  return [
    route(operations.topology, () => ({ body: topology })),
    route(operations.overview, async () => ({ body: await watch.overview() })),
    route(operations.orderStory, async ({ params: { orderId } }) => {
      const story = await readOrderStory(connections, orderId);
      if (!story) throw new ProblemError(404, 'not-found', `there is no order ${orderId}`);
      return { body: orderStoryView(story) };
    }),
    route(operations.userStory, async ({ params: { userId } }) => {
      const story = await readUserStory(connections, userId);
      if (!story) throw new ProblemError(404, 'not-found', `there is no user ${userId}`);
      return { body: userStoryView(story) };
    }),
    route(operations.lastAudit, () => ({ body: auditor.state() })),
    route(operations.startAudit, (request) => {
      mustBeOperator(request);
      return { body: auditor.start() };
    }),
    route(operations.events, async (request) => ({
      body: await browseEvents(connections, request.query, isShown(request)),
    })),
    route(operations.deadLetters, async (request) => ({
      body: await listLetters(connections, request.query, isShown(request)),
    })),
    route(operations.parked, async ({ query }) => ({ body: await listParkedKeys(connections, query) })),
    route(operations.redrive, async (request) => {
      mustBeOperator(request);
      return { body: await redriveLetters(connections, request.body, request.signal) };
    }),
    route(operations.redriveEdited, async (request) => {
      mustBeOperator(request);
      return { body: await redriveCopy(connections, request.params.id, request.body, newId) };
    }),
    route(operations.release, async (request) => {
      mustBeOperator(request);
      return { body: { released: await releaseKeys(connections, request.body) } };
    }),
    route(operations.discard, async (request) => {
      mustBeOperator(request);
      await discardKey(connections, request.params.id);
      return {};
    }),
  ];
}
