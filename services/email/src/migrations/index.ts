import type { Migration } from '@naru/kernel';
import { createEmails } from './001-emails';

export const migrations: readonly Migration[] = [createEmails];
