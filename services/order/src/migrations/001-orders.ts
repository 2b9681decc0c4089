import type { Migration } from '@naru/kernel';

export const createOrders: Migration = {
  name: '001_orders',
  async up(database) {
    await database.raw(`CREATE TABLE IF NOT EXISTS orders (
      order_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
      sequence BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
      user_id BIGINT UNSIGNED NULL,
      customer_id VARCHAR(100) NOT NULL,
      customer_email VARCHAR(254) NOT NULL,
      total_amount BIGINT UNSIGNED NOT NULL,
      currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      items JSON NOT NULL,
      status TINYINT UNSIGNED NOT NULL,
      saga_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      saga_status ENUM('STARTED', 'PROCESSING', 'SUCCEEDED', 'FAILED', 'COMPENSATING', 'COMPENSATED') NOT NULL,
      version INT UNSIGNED NOT NULL,
      stock_released BOOLEAN NOT NULL DEFAULT FALSE,
      payment_returned BOOLEAN NOT NULL DEFAULT FALSE,
      traceparent VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
      deadline_at DATETIME(6) NULL,
      created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
      cancelled_at DATETIME(6) NULL,
      UNIQUE KEY orders_sequence (sequence),
      UNIQUE KEY orders_saga (saga_id),
      KEY orders_of_user (user_id, sequence),
      KEY orders_overdue (status, deadline_at),
      KEY orders_compensating (saga_status, cancelled_at)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
    await database.raw(`CREATE TABLE IF NOT EXISTS saga_steps (
      step_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
      order_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      input VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      event_id VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
      outcome ENUM('APPLIED', 'IGNORED') NOT NULL,
      from_status TINYINT UNSIGNED NULL,
      from_saga_status VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
      to_status TINYINT UNSIGNED NOT NULL,
      to_saga_status VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      version INT UNSIGNED NOT NULL,
      told VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
      told_event_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
      reason VARCHAR(255) NULL,
      recorded_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
      UNIQUE KEY saga_steps_once (order_id, event_id),
      KEY saga_steps_of_order (order_id, step_id)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
  },
};
