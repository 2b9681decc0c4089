import type { Migration } from '@naru/kernel';

/** What a real provider would remember; only the simulated one writes and reads it. */
export const createProviderMemory: Migration = {
  name: '002_provider_memory',
  async up(database) {
    await database.raw(`CREATE TABLE IF NOT EXISTS provider_operations (
      idempotency_key VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
      kind ENUM('CAPTURE', 'REFUND') NOT NULL,
      order_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      customer_id VARCHAR(100) NOT NULL,
      amount BIGINT NOT NULL,
      currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      declined VARCHAR(255) NULL,
      calls INT NOT NULL DEFAULT 1,
      created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
      KEY provider_operations_of_order (order_id)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
  },
};
