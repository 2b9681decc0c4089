import type { Migration } from '@naru/kernel';
import { createOrders } from './001-orders';
import { noteEndedOrders } from './002-ended-orders';

export const migrations: readonly Migration[] = [createOrders, noteEndedOrders];
