import { createSchemaRegistry, InfrastructureError } from '@naru/kernel';
import { messageOf } from './breakages';
import { breakagesOf } from './gate';
import { readRepository, release, unreleased, type Repository } from './released';
import { registerReleases } from './registry';

type Say = (line: string) => void;

/** @returns 1 when a schema breaks, a released file is damaged, or (if that is wanted) a change is not released */
export function check(root: string, mustBeReleased: boolean, say: Say): number {
  const repository = readRepository(root);
  const refused = [...repository.damages, ...breakagesOf(repository).map(messageOf)];
  const changed = unreleased(repository);
  refused.forEach((line) => say(`✗ ${line}`));
  changed.forEach((type) => say(`${mustBeReleased ? '✗' : '!'} ${type}: ${changeOf(repository, type)}`));
  if (refused.length === 0 && changed.length === 0) {
    const versions = [...repository.releases.values()].reduce(
      (sum, { versions: all }) => sum + all.length,
      0,
    );
    say(`${repository.current.size} event types go together with all of ${versions} released versions`);
  }
  return refused.length > 0 || (mustBeReleased && changed.length > 0) ? 1 : 0;
}

/** @returns 1 when nothing was released because something is refused */
export function releaseChanges(root: string, say: Say): number {
  const outcome = release(root);
  if ('written' in outcome) {
    outcome.written.forEach((file) => say(`wrote ${file}`));
    if (outcome.written.length === 0) say('nothing was changed since the last release');
    return 0;
  }
  [...outcome.refused, ...outcome.breakages.map(messageOf)].forEach((line) => say(`✗ ${line}`));
  say('nothing was released');
  return 1;
}

export function list(root: string, say: Say): number {
  const repository = readRepository(root);
  const changed = new Set(unreleased(repository));
  const rows = [...new Set([...repository.current.keys(), ...repository.releases.keys()])]
    .sort()
    .map((type) => {
      const { topic = '–', versions = [] } = repository.releases.get(type) ?? {};
      const now = !repository.current.has(type)
        ? 'no schema any more'
        : changed.has(type)
          ? 'changed since'
          : '';
      return [type, topic, String(versions.length), now];
    });
  const table = [['event type', 'topic', 'versions', ''], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => (row[column] as string).length)));
  table.forEach((row) =>
    say(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    ),
  );
  return 0;
}

/** @returns 1 when the registry refuses a version or does not answer, or when what would be registered is damaged */
export async function register(root: string, url: string, say: Say): Promise<number> {
  const { damages, releases } = readRepository(root);
  if (damages.length > 0) {
    damages.forEach((line) => say(`✗ ${line}`));
    return 1;
  }
  let refusals = 0;
  try {
    await registerReleases(createSchemaRegistry(url), releases, (registration) => {
      const what = `${registration.subject} version ${registration.version}`;
      if ('id' in registration) say(`${what}: id ${registration.id}`);
      else say(`✗ ${what}: ${registration.refused}`);
      refusals += 'id' in registration ? 0 : 1;
    });
  } catch (error) {
    if (!(error instanceof InfrastructureError)) throw error;
    say(`✗ ${error.dependency} does not answer: ${error.message}. What was registered stays; run it again.`);
    return 1;
  }
  return refusals > 0 ? 1 : 0;
}

function changeOf({ releases }: Repository, type: string): string {
  const versions = releases.get(type)?.versions.length ?? 0;
  const next = `\`npm run events -- release\` makes it version ${versions + 1}`;
  return versions === 0 ? `is not released; ${next}` : `was changed since version ${versions}; ${next}`;
}
