import type { Migration } from '@naru/kernel';

export const createCatalogue: Migration = {
  name: '001_catalogue',
  async up(database) {
    // The record as it came, so that its dead letter is the same bytes. The sequence is the order of arrival.
    await database.raw(`CREATE TABLE IF NOT EXISTS heard_events (
      sequence BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
      event_id VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
      aggregate_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      event_type VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      occurred_at DATETIME(6) NOT NULL,
      topic VARCHAR(249) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      partition_number INT NOT NULL,
      record_offset BIGINT NOT NULL,
      timestamp_ms BIGINT NOT NULL,
      record_key MEDIUMBLOB NULL,
      payload MEDIUMBLOB NULL,
      headers MEDIUMBLOB NOT NULL,
      status ENUM('NEW', 'APPLIED', 'FAILED') NOT NULL DEFAULT 'NEW',
      attempts INT NOT NULL DEFAULT 0,
      last_error VARCHAR(500) NULL,
      heard_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
      applied_at DATETIME(6) NULL,
      UNIQUE KEY heard_once (event_id),
      KEY heard_queue (aggregate_id, status, sequence),
      KEY heard_purge (status, applied_at, sequence)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
    // One row for each key with events to apply: who applies them locks it, and a failure puts it off.
    await database.raw(`CREATE TABLE IF NOT EXISTS heard_keys (
      aggregate_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
      due_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
      KEY heard_keys_due (due_at)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
    await database.raw(`CREATE TABLE IF NOT EXISTS orders (
      order_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
      user_id BIGINT UNSIGNED NULL,
      status INT NOT NULL,
      saga_status VARCHAR(32) NOT NULL,
      items MEDIUMTEXT NOT NULL,
      version INT NOT NULL
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
    await database.raw(`CREATE TABLE IF NOT EXISTS payments (
      order_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
      payment_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      amount BIGINT NOT NULL,
      currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      status VARCHAR(32) NOT NULL,
      version INT NOT NULL
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
    await database.raw(`CREATE TABLE IF NOT EXISTS products (
      product_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
      name VARCHAR(200) NOT NULL,
      version INT NOT NULL
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
    await database.raw(`CREATE TABLE IF NOT EXISTS timeline (
      event_id VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
      order_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      event_type VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      occurred_at DATETIME(6) NOT NULL,
      arrival BIGINT UNSIGNED NOT NULL,
      KEY timeline_of_order (order_id)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
  },
};
