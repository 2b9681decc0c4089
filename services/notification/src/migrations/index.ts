import type { Migration } from '@naru/kernel';
import { createDeliveries } from './001-deliveries';

export const migrations: readonly Migration[] = [createDeliveries];
