import type { Facts } from '../facts';
import { tally } from '../tally';
import type { Finding } from '../types';
import { eventsOf, setAsideBy } from '../views';

const profileEvents = ['user.signed-up', 'user.updated'];

/** What other services keep of a user is what the user service has. */
export function replicas(facts: Facts): Finding {
  const found = tally('replicas', 'Replicas of users equal the users; every user has an account');
  const { user, board, point } = facts;
  if (!user) return found.finding();
  const authors = new Map(board?.authors.map((author) => [author.userId, author]));
  const accounts = new Map(point?.accounts.map((account) => [account.userId, account]));
  const unheard = setAsideBy(facts, 'board', profileEvents, ({ data }) => data?.userId);
  const unopened = setAsideBy(facts, 'point', ['user.signed-up'], ({ data }) => data?.userId);
  for (const { userId, name, version } of user.users) {
    const author = authors.get(userId);
    authors.delete(userId);
    if (board) {
      const isRight = (author?.name === name && author.version === version) || unheard.has(userId);
      found.check(isRight, () => `user ${userId} is "${name}" ${version}, for board ${tell(author)}`);
    }
    const hasAccount = accounts.get(userId)?.isOpened === true || unopened.has(userId);
    if (point) found.check(hasAccount, () => `user ${userId} has no account`);
  }
  const told = new Set(
    profileEvents.flatMap((type) => eventsOf(facts, type)).map(({ data }) => data?.userId),
  );
  for (const { userId, version } of authors.values())
    found.check(version === 0 || told.has(userId), () => `board knows user ${userId}, whom nobody told of`);
  return found.finding();
}

function tell(author: { name: string | null; version: number } | undefined): string {
  return author ? `"${author.name ?? 'null'}" ${author.version}` : 'unknown';
}

/** A profile of version n was told of n times, once for each version; nobody was told of who is not there. */
export function profileVersions(facts: Facts): Finding {
  const found = tally('profile-versions', 'Each version of a profile was told of exactly once');
  const { user } = facts;
  if (!user || !facts.logs.some(({ topic }) => topic === 'user.signed-up')) return found.finding();
  const told = new Map<number, number[]>();
  for (const { data, source } of profileEvents.flatMap((type) => eventsOf(facts, type))) {
    if (data?.userId === undefined || data.version === undefined || source !== '/naru/user') continue;
    told.set(data.userId, [...(told.get(data.userId) ?? []), data.version]);
  }
  for (const { userId, version } of user.users) {
    const versions = (told.get(userId) ?? []).sort((one, other) => one - other);
    told.delete(userId);
    const isRight = versions.length === version && versions.every((told, index) => told === index + 1);
    found.check(isRight, () => `user ${userId}: version ${version}, told ${versions.join(', ') || 'none'}`);
  }
  for (const userId of told.keys()) found.check(false, () => `user ${userId}: told of, but not there`);
  return found.finding();
}
