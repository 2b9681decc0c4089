/** The commands of a worker process; arguments and results travel as JSON. */
export type Commands = Record<string, (argument: never) => Promise<unknown>>;

export interface Request {
  readonly id: number;
  readonly command: string;
  readonly argument: unknown;
}

export type Response = { readonly id: number } & (
  { readonly result: unknown } | { readonly error: string; readonly counts: boolean }
);

/** Answers the parent's commands until it disconnects; then the process ends, whatever it was doing. */
export function serve(commands: Commands): void {
  process.on('message', (request: Request) => {
    void answer(commands, request).then((response) => process.send?.(response));
  });
  process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
}

async function answer(commands: Commands, { id, command, argument }: Request): Promise<Response> {
  try {
    const run = commands[command];
    if (!run) throw new Error(`there is no command ${command}`);
    return { id, result: (await run(argument as never)) ?? null };
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { id, error: text, counts: (error as Error).name !== 'RunDoesNotCountError' };
  }
}
