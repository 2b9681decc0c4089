import { randomBytes } from 'node:crypto';
import { hash, hashSync, verify } from '@node-rs/argon2';
import { normalPassword } from './domain/account';
import type { HashQueue } from './hash-queue';

/** `Algorithm.Argon2id`; the package declares it as a const enum, which is not there when the code runs. */
const ARGON2ID = 2;
const DUMMY_BYTES = 32;

export interface PasswordCost {
  readonly memory_KiB: number;
  readonly passes: number;
}

export interface Passwords {
  /** @returns in PHC string format. @throws ProblemError 503 when too many wait */
  hash(password: string, signal: AbortSignal): Promise<string>;
  /**
   * Whether the password is the one of the hash. Without a hash the answer is no, after the same work.
   * @throws ProblemError 503 when too many wait
   */
  matches(passwordHash: string | undefined, password: string, signal: AbortSignal): Promise<boolean>;
}

/** Argon2id (RFC 9106) in the thread pool, as many at once as the queue lets through. */
export function createPasswords({ memory_KiB, passes }: PasswordCost, queue: HashQueue): Passwords {
  const options = { algorithm: ARGON2ID, memoryCost: memory_KiB, timeCost: passes, parallelism: 1 } as const;
  const dummy = hashSync(randomBytes(DUMMY_BYTES), options);
  return {
    hash: (password, signal) => queue.run(() => hash(normalPassword(password), options), signal),
    matches: (passwordHash, password, signal) =>
      queue.run(async () => {
        const isSame = await verify(passwordHash ?? dummy, normalPassword(password));
        return isSame && passwordHash !== undefined;
      }, signal),
  };
}
