import type { Migration } from '@naru/kernel';

export const createBoards: Migration = {
  name: '001_boards',
  async up(database) {
    // Lists read published boards from the newest on, which is this index backwards.
    await database.raw(`CREATE TABLE IF NOT EXISTS boards (
      board_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
      user_id BIGINT UNSIGNED NOT NULL,
      title VARCHAR(200) NOT NULL,
      content TEXT NOT NULL,
      status ENUM('PUBLISHED', 'REJECTED') NOT NULL DEFAULT 'PUBLISHED',
      version INT NOT NULL,
      created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
      KEY boards_listed (status, board_id)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
    // The replica of the user service; a row without a name is an author whose event has not come yet.
    await database.raw(`CREATE TABLE IF NOT EXISTS users (
      user_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
      name VARCHAR(255) NULL,
      version INT NOT NULL DEFAULT 0
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
  },
};
