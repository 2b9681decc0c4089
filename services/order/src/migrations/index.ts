import type { Migration } from '@naru/kernel';
import { createOrders } from './001-orders';

export const migrations: readonly Migration[] = [createOrders];
