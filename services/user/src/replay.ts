import { restoration, type ReplayAssembly } from '@naru/kernel';
import { restoreUsers } from './store';

/** Users come to be by sign-up; scores are what replaying boards makes of them. */
export const userReplay: ReplayAssembly = {
  restorations: [
    restoration('given', ['user.signed-up', 'user.updated'], (trx, events) =>
      restoreUsers(
        trx,
        events.map(({ data }) => data),
      ),
    ),
  ],
  caveats: ['scores that were added by request leave no event and are not replayed'],
};
