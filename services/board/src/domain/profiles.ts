import type { UserSignedUp } from '@naru/contracts';

export type Profile = Pick<UserSignedUp, 'userId' | 'name' | 'version'>;

/** The newest profile of each user, in order of user ids, whatever order the profiles came in. */
export function newestProfiles(profiles: readonly Profile[]): Profile[] {
  const newest = new Map<number, Profile>();
  for (const { userId, name, version } of profiles) {
    if (version > (newest.get(userId)?.version ?? 0)) newest.set(userId, { userId, name, version });
  }
  return [...newest.values()].sort((one, other) => one.userId - other.userId);
}
