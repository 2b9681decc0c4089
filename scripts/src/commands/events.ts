import { describeFlags, parseFlagsAndWords, UsageError } from '../arguments';
import { repositoryDirectory } from '../platform';

export const summary = 'checks how events change, and releases and registers their schemas';

const flags = {
  released: { help: 'check: a change that is not released is refused, too' },
  registry: { value: 'URL', help: 'register: the registry’s Confluent-compatible API' },
} as const;

const USAGE = `Usage: npm run events -- check | release | list | register [flags]

  check     whether each schema goes together with all that were released
  release   write the next version of each schema that was changed
  list      event types, their topics and versions
  register  register all released versions in a registry, under FULL_TRANSITIVE

${describeFlags(flags)}`;

/** Exit code 1 when something is refused. */
export async function run(argv: readonly string[]): Promise<number> {
  const { values, words } = parseFlagsAndWords(flags, argv, 1);
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  // Only here, for the list of commands loads this file.
  const { check, list, register, releaseChanges } = await import('../events/tell.js');
  switch (words[0]) {
    case 'check':
      return check(repositoryDirectory, values.released ?? false, console.log);
    case 'release':
      return releaseChanges(repositoryDirectory, console.log);
    case 'list':
      return list(repositoryDirectory, console.log);
    case 'register':
      if (!URL.canParse(values.registry ?? ''))
        throw new UsageError('register needs --registry URL, such as http://127.0.0.1:18081/apis/ccompat/v7');
      return register(repositoryDirectory, values.registry as string, console.log);
    default:
      throw new UsageError(`what is to be done?\n\n${USAGE}`);
  }
}
