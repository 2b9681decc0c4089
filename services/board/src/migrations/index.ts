import type { Migration } from '@naru/kernel';
import { createBoards } from './001-boards';

export const migrations: readonly Migration[] = [createBoards];
