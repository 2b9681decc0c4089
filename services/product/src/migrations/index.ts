import type { Migration } from '@naru/kernel';
import { createProducts } from './001-products';

export const migrations: readonly Migration[] = [createProducts];
