import { ProblemError, route, type Route } from '@naru/kernel';
import type { BurstKind, PartAction } from '@naru/operations';
import { consoleOperations as operations } from '../operations';
import type { ChaosPort } from './port';

/** Without a port, where nothing may be broken, all of them are 404. */
export function chaosRoutes(
  port: ChaosPort | undefined,
  checkToken: (authorization: string | undefined) => void,
): Route[] {
  /** What may be broken is told to all; who breaks it needs the token. */
  const permitted = (request: { header(name: string): string | undefined }): ChaosPort => {
    if (!port) throw new ProblemError(404, 'not-found', 'nothing may be broken here');
    checkToken(request.header('authorization'));
    return port;
  };
  return [
    route(operations.chaos, async () => {
      if (!port) throw new ProblemError(404, 'not-found', 'nothing may be broken here');
      return { body: await port.state() };
    }),
    route(operations.breakPart, async (request) => ({
      body: await permitted(request).act(request.params.name, request.body.action as PartAction),
    })),
    route(operations.setFault, async (request) => ({
      body: await permitted(request).setFault(request.params.name, request.body.active),
    })),
    route(operations.burst, async (request) => ({
      body: await permitted(request).startBurst({ ...request.body, kind: request.body.kind as BurstKind }),
    })),
  ];
}
