import type { Migration } from '@naru/kernel';
import { createPayments } from './001-payments';
import { createProviderMemory } from './002-provider-memory';

export const migrations: readonly Migration[] = [createPayments, createProviderMemory];
