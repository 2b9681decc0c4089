import type { Migration } from '@naru/kernel';

/** When an order's saga came to its end; null while it is open, and for those that had ended before this. */
export const noteEndedOrders: Migration = {
  name: '002_ended_orders',
  async up(database) {
    if (await database.schema.hasColumn('orders', 'ended_at')) return;
    await database.raw(`ALTER TABLE orders ADD COLUMN ended_at DATETIME(6) NULL,
      DROP INDEX orders_compensating, ADD INDEX orders_sagas (saga_status, ended_at, cancelled_at)`);
  },
};
