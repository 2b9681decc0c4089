/** Does something to the platform, and tells the reader what came of it. */
export type Act = (path: string, body: unknown, done: string) => Promise<void>;
