import type { Admin } from 'kafkajs';
import { kafkaClient } from './kafka-client';

/** Runs work with an admin client of its own. */
export async function withAdmin<T>(brokers: string, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafkaClient('bench-admin', brokers).admin();
  await admin.connect();
  return work(admin).finally(() => admin.disconnect());
}
