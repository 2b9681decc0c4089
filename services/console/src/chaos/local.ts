import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { InfrastructureError, ProblemError } from '@naru/kernel';
import type { ControlRefusal, ControlState } from '@naru/operations';
import type { ChaosPort } from './port';

const ANSWER_MS = 3_000;

/** By the control socket of the local platform (scripts/src/platform/control). */
export function createLocalChaos(socketPath: string): ChaosPort {
  return {
    state: () => ask(socketPath, 'GET', '/'),
    act: (part, action) => ask(socketPath, 'POST', `/parts/${part}`, { action }),
    setFault: (name, active) => ask(socketPath, 'POST', `/faults/${name}`, { active }),
    startBurst: (order) => ask(socketPath, 'POST', '/burst', order),
  };
}

async function ask(
  socketPath: string,
  method: 'GET' | 'POST',
  path: string,
  body?: object,
): Promise<ControlState> {
  const { status, answer } = await exchange(socketPath, method, path, body).catch((error: unknown) => {
    throw new InfrastructureError('control', `the platform does not answer: ${String(error)}`, {
      cause: error,
    });
  });
  if (status === 200) return answer as ControlState;
  const { error } = answer as ControlRefusal;
  if (status >= 400 && status < 500)
    throw new ProblemError(status, status === 409 ? 'not-now' : 'not-found', error);
  throw new Error(error);
}

function exchange(socketPath: string, method: string, path: string, body: object | undefined) {
  return new Promise<{ status: number; answer: unknown }>((resolve, reject) => {
    const signal = AbortSignal.timeout(ANSWER_MS);
    const asked = request({ socketPath, method, path, signal }, (response) => {
      text(response).then((answer) => {
        resolve({ status: response.statusCode ?? 0, answer: JSON.parse(answer) as unknown });
      }, reject);
    });
    asked.once('error', reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
