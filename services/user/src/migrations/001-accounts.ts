import type { Migration } from '@naru/kernel';

/** Users, the ledger that their activity score is the sum of, and tokens that were logged out. */
export const accounts: Migration = {
  name: 'user_001_accounts',
  async up(database) {
    await database.raw(`CREATE TABLE IF NOT EXISTS users (
      user_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
      email VARCHAR(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
      name VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
      password_hash VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      activity_score BIGINT NOT NULL DEFAULT 0,
      version INT NOT NULL DEFAULT 1,
      created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
      UNIQUE KEY users_email (email)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin`);
    await database.raw(`CREATE TABLE IF NOT EXISTS score_entries (
      entry_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
      user_id BIGINT UNSIGNED NOT NULL,
      board_id BIGINT UNSIGNED NULL,
      status ENUM('ADDED', 'AWARDED', 'REJECTED', 'TAKEN_BACK') NOT NULL,
      score BIGINT NOT NULL,
      created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
      UNIQUE KEY score_entries_board (board_id),
      KEY score_entries_user (user_id)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin`);
    await database.raw(`CREATE TABLE IF NOT EXISTS revoked_tokens (
      jti VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
      forget_after_s BIGINT NOT NULL,
      KEY revoked_tokens_purge (forget_after_s)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin`);
  },
};
