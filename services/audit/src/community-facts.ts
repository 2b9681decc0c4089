/** What the tables of the community's services hold. */

export interface UserFacts {
  readonly users: readonly User[];
  readonly scoreEntries: readonly ScoreEntry[];
}

export interface User {
  readonly userId: number;
  readonly email: string;
  readonly name: string;
  readonly score: number;
  readonly version: number;
}

export interface ScoreEntry {
  readonly userId: number;
  readonly boardId: number | null;
  readonly status: string;
  readonly score: number;
}

export interface BoardFacts {
  readonly boards: readonly Board[];
  readonly authors: readonly Author[];
}

export interface Board {
  readonly boardId: number;
  readonly userId: number;
  readonly title: string;
  readonly status: string;
}

/** A user as the board service knows it. */
export interface Author {
  readonly userId: number;
  readonly name: string | null;
  /** 0 until an event about the user has come. */
  readonly version: number;
}

export interface PointFacts {
  readonly accounts: readonly Account[];
  /** In the order in which they were written. */
  readonly entries: readonly PointEntry[];
  readonly deductions: readonly Deduction[];
}

export interface Account {
  readonly userId: number;
  readonly balance: number;
  readonly isOpened: boolean;
}

export interface PointEntry {
  readonly key: string;
  readonly userId: number;
  readonly amount: number;
  readonly reason: string;
}

export interface Deduction {
  readonly boardId: number;
  readonly userId: number;
  readonly amount: number;
  readonly status: string;
}

export interface EmailFacts {
  readonly mails: readonly Mail[];
}

export interface Mail {
  readonly eventId: string;
  readonly messageId: string;
  readonly status: string;
  /** Calls of the mail server that were begun. */
  readonly attempts: number;
}

/** What the mail catcher holds. */
export interface MailCopies {
  readonly byMessageId: ReadonlyMap<string, number>;
  /** It keeps no more than this many: older ones may be gone. */
  readonly isFull: boolean;
}
