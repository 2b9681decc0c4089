import type { Migration } from '@naru/kernel';

export const createEmails: Migration = {
  name: '001_emails',
  async up(database) {
    // The sequence is for pages of the list; it is the event id that makes a mail be sent once.
    await database.raw(`CREATE TABLE IF NOT EXISTS emails (
      event_id VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
      sequence BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
      user_id BIGINT UNSIGNED NOT NULL,
      recipient VARCHAR(254) NOT NULL,
      message_id VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      status ENUM('SENDING', 'SENT', 'FAILED') NOT NULL DEFAULT 'SENDING',
      attempts INT NOT NULL DEFAULT 1,
      topic VARCHAR(249) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      partition_number INT NOT NULL,
      record_offset BIGINT NOT NULL,
      claimed_by VARCHAR(128) NULL,
      claimed_until DATETIME(6) NULL,
      created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
      sent_at DATETIME(6) NULL,
      last_error VARCHAR(500) NULL,
      UNIQUE KEY emails_listed (user_id, sequence),
      KEY emails_sequence (sequence)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
  },
};
