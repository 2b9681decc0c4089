import type { UserStory } from '@naru/operations';
import { toIso } from '../letters/parked';
import type { Story, StoryStep } from '../views';
import { trialStep, troublesOf } from './order';

/** A user's story as a page shows it. Who the user is, it does not tell. */
export function userStoryView(story: UserStory): Story {
  const { user, account, replica, moves, mails } = story;
  const facts: [string, string][] = [
    ['user', String(user.userId)],
    ['signed up', toIso(user.createdAt)],
    ['version', String(user.version)],
    ['activity score', String(user.activityScore)],
    ['points', account ? String(account.balance) : 'no account yet'],
    ['copy at board', replica ? `version ${replica.version}` : 'not there yet'],
  ];
  const steps: StoryStep[] = [
    {
      ...{ at: toIso(user.createdAt), service: 'user', what: 'signed up', detail: null, eventId: null },
      state: 'done',
    },
    ...moves.map(({ at, isDone, ...move }): StoryStep => ({
      ...{ ...move, at: toIso(at), eventId: null, state: isDone ? 'done' : 'failed' },
    })),
    ...mails.map((mail) => trialStep(mail, 'email', 'SENT')),
  ];
  const waits = [
    ...(account?.isOpened ? [] : [{ what: 'the 1000 points of a sign-up', from: 'point', until: null }]),
    ...(replica && replica.version >= user.version
      ? []
      : [{ what: `version ${user.version} of the user`, from: 'board', until: null }]),
    ...(mails.some(({ status }) => status === 'SENT')
      ? []
      : [{ what: 'the welcome mail', from: 'email', until: null }]),
  ];
  return {
    kind: 'user',
    id: String(user.userId),
    title: `User ${user.userId}`,
    status: waits.length === 0 ? 'settled' : 'on its way',
    traceId: null,
    facts: facts.map(([name, value]) => ({ name, value })),
    steps: steps.sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0)),
    awaited: waits,
    troubles: troublesOf(story),
  };
}
