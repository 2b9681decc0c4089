import { describe, expect, it } from '@jest/globals';
import { isLeftOver } from './scratch-databases';

const DAY_MS = 24 * 60 * 60 * 1_000;
const now_ms = Date.parse('2026-11-26T10:00:00Z');
const name = (at_ms: number) => `replay_${at_ms.toString(36)}0f_notification`;

describe('a scratch database that was left behind', () => {
  it('is one that a run made more than a day ago', () => {
    expect(isLeftOver(name(now_ms - DAY_MS - 1), now_ms)).toBe(true);
    expect(isLeftOver(name(now_ms - DAY_MS), now_ms)).toBe(false);
    expect(isLeftOver(name(now_ms), now_ms)).toBe(false);
  });

  it('is nothing else, whatever its name looks like', () => {
    for (const other of [
      'naru_order',
      'mysql',
      'replay_',
      'replay_notes',
      'replay_2020_order',
      'xreplay_aaaaaaaa00_order',
    ])
      expect(isLeftOver(other, now_ms)).toBe(false);
  });
});
