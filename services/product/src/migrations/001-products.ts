import type { Migration } from '@naru/kernel';

export const createProducts: Migration = {
  name: '001_products',
  async up(database) {
    await database.raw(`CREATE TABLE IF NOT EXISTS products (
      product_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
      sequence BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
      seller_id BIGINT UNSIGNED NULL,
      name VARCHAR(200) NOT NULL,
      price BIGINT NOT NULL,
      currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      initial BIGINT NOT NULL,
      free BIGINT NOT NULL,
      held BIGINT NOT NULL DEFAULT 0,
      sold BIGINT NOT NULL DEFAULT 0,
      version INT NOT NULL,
      created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
      UNIQUE KEY products_listed (sequence),
      CONSTRAINT products_never_negative CHECK (free >= 0 AND held >= 0 AND sold >= 0),
      CONSTRAINT products_all_there CHECK (free + held + sold = initial)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
    // NEW is only ever seen by the transaction that makes the row, which needs something to lock.
    await database.raw(`CREATE TABLE IF NOT EXISTS reservations (
      order_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
      status ENUM('NEW', 'HELD', 'SOLD', 'RELEASED', 'REJECTED') NOT NULL DEFAULT 'NEW',
      items TEXT NOT NULL,
      reason VARCHAR(255) NULL,
      version INT NOT NULL DEFAULT 0,
      created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
      updated_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
  },
};
