import type { Migration } from '@naru/kernel';

export const createPayments: Migration = {
  name: '001_payments',
  async up(database) {
    // due_at is when the provider may next be called: the end of a claim's lease, or of a wait after a failure.
    await database.raw(`CREATE TABLE IF NOT EXISTS payments (
      order_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
      payment_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      saga_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      user_id BIGINT UNSIGNED NULL,
      customer_id VARCHAR(100) NOT NULL,
      amount BIGINT NOT NULL,
      currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      status ENUM('CAPTURING', 'COMPLETED', 'FAILED', 'REFUNDING', 'REFUNDED', 'VOIDED') NOT NULL,
      declined VARCHAR(255) NULL,
      cancellation TEXT NULL,
      cause TEXT NOT NULL,
      version INT NOT NULL,
      due_at DATETIME(6) NULL,
      claimed_by VARCHAR(128) NULL,
      attempts INT NOT NULL DEFAULT 0,
      last_error VARCHAR(500) NULL,
      created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
      updated_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
      UNIQUE KEY payments_id (payment_id),
      KEY payments_due (due_at),
      CONSTRAINT payments_due_while_waiting CHECK ((status IN ('CAPTURING', 'REFUNDING')) = (due_at IS NOT NULL)),
      CONSTRAINT payments_undone_when_cancelled
        CHECK (cancellation IS NOT NULL OR status IN ('CAPTURING', 'COMPLETED', 'FAILED')),
      CONSTRAINT payments_kept_unless_cancelled
        CHECK (cancellation IS NULL OR status NOT IN ('COMPLETED', 'FAILED'))
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
    await database.raw(`CREATE TABLE IF NOT EXISTS payment_sequence (
      id TINYINT UNSIGNED NOT NULL PRIMARY KEY
    ) ENGINE=InnoDB`);
    await database.raw('INSERT IGNORE INTO payment_sequence (id) VALUES (1)');
  },
};
