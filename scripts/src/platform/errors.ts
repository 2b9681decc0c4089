export type PlatformErrorCode =
  | 'ABORTED'
  | 'ALREADY_RUNNING'
  | 'CLUSTER_REFUSED'
  | 'COMMAND_FAILED'
  | 'FETCH_FAILED'
  | 'LOCKED'
  | 'NO_FREE_PORTS'
  | 'NOT_READY'
  | 'NOT_RUNNING'
  | 'PART_DIED'
  | 'PART_MISSING'
  | 'PORT_TAKEN'
  | 'SERVICE_UNKNOWN'
  | 'TOOL_MISSING';

/** What went wrong with the local platform, and what to do about it. */
export class PlatformError extends Error {
  constructor(
    readonly code: PlatformErrorCode,
    message: string,
    readonly fix?: string,
    options?: ErrorOptions,
  ) {
    super(fix === undefined ? message : `${message}\n  fix: ${fix}`, options);
    this.name = 'PlatformError';
  }
}

/** The message of anything that was thrown. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
