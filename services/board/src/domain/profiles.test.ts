import { newestProfiles } from './profiles';

const profile = (userId: number, name: string, version: number) => ({ userId, name, version });

describe('newestProfiles', () => {
  it('given several versions of a user in any order, keeps the greatest', () => {
    const versions = [profile(1, 'second', 2), profile(1, 'third', 3), profile(1, 'first', 1)];
    expect(newestProfiles(versions)).toEqual([profile(1, 'third', 3)]);
  });

  it('given one version twice, keeps the first of them', () => {
    expect(newestProfiles([profile(1, 'told first', 2), profile(1, 'told again', 2)])).toEqual([
      profile(1, 'told first', 2),
    ]);
  });

  it('given several users, sorts them, so that rows are always locked in one order', () => {
    const users = [profile(10, 'ten', 1), profile(9, 'nine', 1), profile(100, 'hundred', 1)];
    expect(newestProfiles(users).map(({ userId }) => userId)).toEqual([9, 10, 100]);
  });

  it('given an event with more fields, keeps only what is shown', () => {
    const event = { ...profile(1, 'kim', 1), email: 'kim@naru.example' };
    expect(newestProfiles([event])).toEqual([profile(1, 'kim', 1)]);
  });
});
