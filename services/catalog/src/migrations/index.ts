import type { Migration } from '@naru/kernel';
import { createCatalogue } from './001-catalogue';

export const migrations: readonly Migration[] = [createCatalogue];
