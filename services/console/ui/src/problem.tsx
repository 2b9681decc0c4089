import { ProblemError } from './api';

/** What went wrong, in the server's words. */
export function Problem({ error }: { error: unknown }) {
  if (error === null || error === undefined) return null;
  const code = error instanceof ProblemError ? error.code : 'unexpected';
  const trace = error instanceof ProblemError ? error.traceId : null;
  return (
    <div class="problem" role="alert">
      <p>{error instanceof Error ? error.message : String(error)}</p>
      <p>
        <small>
          <code>{code}</code>
          {trace && (
            <>
              {' '}
              trace <code>{trace}</code>
            </>
          )}
        </small>
      </p>
    </div>
  );
}
