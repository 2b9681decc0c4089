import type { Migration } from '@naru/kernel';
import { accounts } from './001-accounts';

export const migrations: readonly Migration[] = [accounts];
