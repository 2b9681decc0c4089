import type { Migration } from '@naru/kernel';
import { createLedger } from './001-ledger';

export const migrations: readonly Migration[] = [createLedger];
