import { join } from 'node:path';
import { messageOf } from './breakages';
import { breakagesOf } from './gate';
import { readRepository } from './released';

const repository = readRepository(join(__dirname, '../../..'));

test('every event goes together with all that was ever released of it', () => {
  expect(breakagesOf(repository).map(messageOf)).toEqual([]);
});

test('released schemas are what they were when they were released', () => {
  expect(repository.damages).toEqual([]);
});

test('there are releases to go together with', () => {
  expect(repository.releases.size).toBeGreaterThan(0);
});
