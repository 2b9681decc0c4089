import { startInfrastructure, type StartedInfrastructure } from './start-infrastructure';

declare global {
  var startedInfrastructure: StartedInfrastructure | undefined;
}

/** One set of brokers, database server, Redis and mail catcher for all component tests of a run. */
export default async function up(): Promise<void> {
  // Whoever set it has started them for several runs, and stops them.
  if (process.env['NARU_TEST_INFRASTRUCTURE']) return;
  const started = await startInfrastructure();
  globalThis.startedInfrastructure = started;
  process.env['NARU_TEST_INFRASTRUCTURE'] = JSON.stringify(started.infrastructure);
}
