import { spawnSync } from 'node:child_process';
import { createServer } from 'node:net';

/** Whether a port of 127.0.0.1 can be bound. */
export async function isPortFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1' }, () => server.close(() => resolve(true)));
  });
}

/** Names the process that listens on a port, as far as the system tells. */
export function portHolder(port: number): string | undefined {
  return holderByLsof(port) ?? holderBySs(port);
}

function holderByLsof(port: number): string | undefined {
  const output = run('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc']);
  const pid = /^p(\d+)$/m.exec(output)?.[1];
  return pid && `${/^c(.+)$/m.exec(output)?.[1] ?? 'process'} (pid ${pid})`;
}

function holderBySs(port: number): string | undefined {
  const match = /users:\(\("([^"]+)",pid=(\d+)/.exec(run('ss', ['-Hltnp', `sport = :${port}`]));
  return match ? `${match[1]} (pid ${match[2]})` : undefined;
}

function run(command: string, parameters: string[]): string {
  return spawnSync(command, parameters, { encoding: 'utf8' }).stdout ?? '';
}
