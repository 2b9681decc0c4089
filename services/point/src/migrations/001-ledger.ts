import type { Migration } from '@naru/kernel';

export const createLedger: Migration = {
  name: '001_ledger',
  async up(database) {
    await database.raw(`CREATE TABLE IF NOT EXISTS accounts (
      user_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
      balance BIGINT NOT NULL DEFAULT 0,
      opened BOOLEAN NOT NULL DEFAULT FALSE,
      CONSTRAINT accounts_never_negative CHECK (balance >= 0)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
    await database.raw(`CREATE TABLE IF NOT EXISTS entries (
      entry_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
      entry_key VARCHAR(300) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      user_id BIGINT UNSIGNED NOT NULL,
      amount BIGINT NOT NULL,
      reason ENUM('SIGN_UP', 'BOARD', 'ADDED', 'DEDUCTED') NOT NULL,
      created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
      UNIQUE KEY entries_once (entry_key),
      KEY entries_of_user (user_id, entry_id)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
    await database.raw(`CREATE TABLE IF NOT EXISTS deductions (
      board_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
      user_id BIGINT UNSIGNED NOT NULL,
      amount BIGINT NOT NULL,
      status ENUM('PENDING', 'DEDUCTED', 'REJECTED') NOT NULL,
      cause TEXT NOT NULL,
      created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
      settled_at DATETIME(6) NULL,
      KEY deductions_pending (user_id, status)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
  },
};
