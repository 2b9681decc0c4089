import { REVOCATIONS_COMPLETE_KEY, revokedTokenKey, type Redis } from '@naru/kernel';

/** Requests in one command; it holds Redis up for some hundred microseconds. */
const BATCH_MAX = 128;

/** What Redis says of one request. */
export interface Entry {
  /** Requests counted on the key in its window, this one included. */
  readonly used: number;
  readonly windowEndsIn_ms: number;
  /** Whether the token was logged out; undefined when Redis does not know, or no token was asked about. */
  readonly isRevoked: boolean | undefined;
}

/** Counts a request on a key, and asks whether a token was logged out. Rejects when Redis does not answer. */
export type Enter = (key: string, jti: string | undefined) => Promise<Entry>;

/**
 * KEYS: whether Redis holds all revoked tokens, the revoked tokens, the keys to count on.
 * ARGV: the window in ms, the number of tokens, then what to count on each key.
 */
const ADMIT = `
local tokens = tonumber(ARGV[2])
local answer = redis.call('MGET', unpack(KEYS, 1, tokens + 1))
for i = tokens + 2, #KEYS do
  local used = redis.call('INCRBY', KEYS[i], ARGV[i - tokens + 1])
  local left_ms = redis.call('PTTL', KEYS[i])
  if left_ms < 0 then
    left_ms = tonumber(ARGV[1])
    redis.call('PEXPIRE', KEYS[i], left_ms)
  end
  answer[#answer + 1] = used
  answer[#answer + 1] = left_ms
end
return answer`;

type Admit = (keyCount: number, ...keysThenArguments: (string | number)[]) => Promise<unknown[]>;

interface Question {
  readonly key: string;
  readonly jti: string | undefined;
  answer(entry: Entry): void;
  fail(error: unknown): void;
}

/**
 * The requests that come in one turn of the event loop are asked about in one command, since a command of its own
 * for each would cost the gateway more than all the rest of its checks. Each is asked after it came, so a token that
 * was logged out before is refused, and each is counted.
 */
export function createLedger(redis: Redis, window_s: number): Enter {
  redis.defineCommand('admit', { lua: ADMIT });
  const admit = (redis as Redis & { admit: Admit }).admit.bind(redis);
  let waiting: Question[] = [];

  function flush(): void {
    const questions = waiting;
    waiting = [];
    for (let from = 0; from < questions.length; from += BATCH_MAX)
      void ask(questions.slice(from, from + BATCH_MAX));
  }

  async function ask(questions: readonly Question[]): Promise<void> {
    const tokens = questions.flatMap(({ jti }) => (jti === undefined ? [] : [revokedTokenKey(jti)]));
    const counts = new Map<string, number>();
    for (const { key } of questions) counts.set(key, (counts.get(key) ?? 0) + 1);
    const keys = [...counts.keys()];
    const all = [REVOCATIONS_COMPLETE_KEY, ...tokens, ...keys.map((key) => `rate:${key}`)];
    try {
      const found = await admit(all.length, ...all, window_s * 1_000, tokens.length, ...counts.values());
      tell(questions, found, tokens.length, keys);
    } catch (error) {
      for (const question of questions) question.fail(error);
    }
  }

  return (key, jti) =>
    new Promise((answer, fail) => {
      if (waiting.push({ key, jti, answer, fail }) === 1) setImmediate(flush);
    });
}

function tell(
  questions: readonly Question[],
  found: unknown[],
  tokens: number,
  keys: readonly string[],
): void {
  const isComplete = found[0] !== null;
  const lastUsed = new Map<string, { used: number; windowEndsIn_ms: number }>();
  keys.forEach((key, index) => {
    const at = 1 + tokens + 2 * index;
    lastUsed.set(key, { used: Number(found[at]), windowEndsIn_ms: Number(found[at + 1]) });
  });
  // From the last: requests on one key were counted at once, and the first of them is to have the lowest number.
  let token = tokens;
  for (let index = questions.length - 1; index >= 0; index--) {
    const { key, jti, answer } = questions[index]!;
    const last = lastUsed.get(key)!;
    const isRevoked =
      jti === undefined ? undefined : found[token--] !== null || (isComplete ? false : undefined);
    answer({ used: last.used--, windowEndsIn_ms: last.windowEndsIn_ms, isRevoked });
  }
}
