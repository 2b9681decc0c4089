import type { Log } from './log';
import { pause } from './wait';

export const SHUTDOWN_DEADLINE_MS = 25_000;

export interface Running {
  /** Port that HTTP listens on. */
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Runs a process until SIGTERM, SIGINT, a fatal fault, or `fail`; stops it within 25 s, and ends the process.
 * @param start gets `fail`, which ends the process with exit code 1
 */
export async function runUntilSignal(
  log: Log,
  start: (fail: (reason: string) => void) => Promise<Running>,
): Promise<void> {
  let running: Running | undefined;
  let ending = false;

  const end = async (code: number) => {
    if (ending) return;
    ending = true;
    const stopped = running?.stop().then(
      () => log.info('stopped'),
      (error: unknown) => log.error({ err: error }, 'stopping failed'),
    );
    await Promise.race([
      stopped,
      pause(SHUTDOWN_DEADLINE_MS).then(() => log.error('stopping took too long')),
    ]);
    process.exit(code);
  };
  const fail = (reason: string) => {
    log.fatal({ reason }, 'this process cannot go on');
    void end(1);
  };

  process.once('SIGTERM', () => void end(0));
  process.once('SIGINT', () => void end(0));
  process.on('uncaughtException', (error) => fail(error.stack ?? String(error)));
  process.on('unhandledRejection', (error) =>
    fail(error instanceof Error ? (error.stack ?? '') : String(error)),
  );
  try {
    running = await start(fail);
  } catch (error) {
    fail(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}
