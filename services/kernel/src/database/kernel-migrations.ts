import { OUTBOX_BUCKETS } from '../messaging/outbox';
import type { Migration } from './migration';

/**
 * Tables that every service with a database has. The outbox's columns can be mapped one to one by Debezium's
 * outbox event router: event_id, topic, record_key, payload, ordering_key, partition_number.
 */
export const kernelMigrations: readonly Migration[] = [
  {
    name: '000_kernel_001_messaging',
    async up(database) {
      await database.raw(`CREATE TABLE IF NOT EXISTS outbox (
        id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
        event_id VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        topic VARCHAR(249) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        partition_number INT NOT NULL,
        record_key VARBINARY(1024) NULL,
        payload MEDIUMBLOB NULL,
        headers MEDIUMBLOB NOT NULL,
        ordering_key VARBINARY(1024) NOT NULL,
        bucket TINYINT UNSIGNED NOT NULL,
        saga_id VARCHAR(64) NULL,
        saga_status VARCHAR(32) NULL,
        outbox_status ENUM('PENDING', 'PUBLISHED', 'FAILED') NOT NULL DEFAULT 'PENDING',
        attempts INT NOT NULL DEFAULT 0,
        last_error VARCHAR(500) NULL,
        created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
        published_at DATETIME(6) NULL,
        UNIQUE KEY outbox_event (event_id),
        KEY outbox_relay (outbox_status, id, bucket, topic, partition_number, ordering_key),
        KEY outbox_stopped (outbox_status, ordering_key),
        KEY outbox_purge (outbox_status, published_at)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
      await database.raw(`CREATE TABLE IF NOT EXISTS outbox_lease (
        bucket TINYINT UNSIGNED NOT NULL PRIMARY KEY,
        owner VARCHAR(64) NOT NULL,
        expires_at DATETIME(6) NOT NULL
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
      const buckets = Array.from({ length: OUTBOX_BUCKETS }, (_, bucket) => `(${bucket}, '', '2000-01-01')`);
      await database.raw(
        `INSERT IGNORE INTO outbox_lease (bucket, owner, expires_at) VALUES ${buckets.join(', ')}`,
      );
      await database.raw(`CREATE TABLE IF NOT EXISTS outbox_relay (
        owner VARCHAR(64) NOT NULL PRIMARY KEY,
        expires_at DATETIME(6) NOT NULL
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
      await database.raw(`CREATE TABLE IF NOT EXISTS inbox (
        consumer_group VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        event_id VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
        received_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
        PRIMARY KEY (consumer_group, event_id),
        KEY inbox_purge (received_at)
      ) ENGINE=InnoDB`);
      await database.raw(`CREATE TABLE IF NOT EXISTS consumer_progress (
        consumer_group VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        topic VARCHAR(249) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        partition_number INT NOT NULL,
        next_offset BIGINT NOT NULL,
        updated_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
        PRIMARY KEY (consumer_group, topic, partition_number)
      ) ENGINE=InnoDB`);
      await database.raw(`CREATE TABLE IF NOT EXISTS redriven (
        dead_letter VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
        times INT NOT NULL,
        event_id VARCHAR(255) NULL,
        redriven_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
      await database.raw(`CREATE TABLE IF NOT EXISTS idempotency_keys (
        scope VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        operation VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        idempotency_key VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
        fingerprint BINARY(32) NOT NULL,
        status SMALLINT NULL,
        headers TEXT NULL,
        body MEDIUMTEXT NULL,
        created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
        PRIMARY KEY (scope, operation, idempotency_key),
        KEY idempotency_purge (created_at)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
    },
  },
  {
    name: '000_kernel_002_parking',
    async up(database) {
      // 1 means "look": a row that an operator deletes and a restart makes anew forgets no parked key.
      if (!(await database.schema.hasColumn('consumer_progress', 'may_have_parked'))) {
        await database.raw(
          'ALTER TABLE consumer_progress ADD COLUMN may_have_parked TINYINT(1) NOT NULL DEFAULT 1',
        );
      }
      await database.raw(`CREATE TABLE IF NOT EXISTS parked_keys (
        consumer_group VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        topic VARCHAR(249) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        partition_number INT NOT NULL,
        record_key VARBINARY(1024) NOT NULL,
        parking_state ENUM('PARKED', 'RELEASING') NOT NULL DEFAULT 'PARKED',
        records INT NOT NULL,
        attempts INT NOT NULL,
        exception_name VARCHAR(255) NOT NULL,
        exception_message TEXT NOT NULL,
        exception_stack TEXT NOT NULL,
        parked_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
        PRIMARY KEY (consumer_group, topic, partition_number, record_key),
        KEY parked_releasing (consumer_group, parking_state, topic, partition_number)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
      await database.raw(`CREATE TABLE IF NOT EXISTS parked_records (
        id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
        consumer_group VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        topic VARCHAR(249) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        partition_number INT NOT NULL,
        record_offset BIGINT NOT NULL,
        record_key VARBINARY(1024) NOT NULL,
        event_id VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
        payload MEDIUMBLOB NULL,
        headers MEDIUMBLOB NOT NULL,
        timestamp_ms BIGINT NOT NULL,
        parked_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
        UNIQUE KEY parked_position (consumer_group, topic, partition_number, record_offset),
        KEY parked_queue (consumer_group, topic, partition_number, record_key, record_offset),
        KEY parked_event (consumer_group, event_id)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
    },
  },
  {
    name: '000_kernel_003_outbox_marked_in_place',
    async up(database) {
      // A row that is as long before its mark as after it is marked where it is. One that grows splits full pages, which
      // took the server three times as long as the rest of the mark.
      await database.raw(
        'ALTER TABLE outbox MODIFY COLUMN published_at DATETIME(6) NULL DEFAULT CURRENT_TIMESTAMP(6)',
      );
    },
  },
  {
    name: '000_kernel_004_long_keys',
    async up(database) {
      // Dead letters keep the key of the record that failed, whatever another producer gave it.
      await database.raw('ALTER TABLE outbox MODIFY COLUMN record_key MEDIUMBLOB NULL');
    },
  },
  {
    name: '000_kernel_005_stopped_keys',
    async up(database) {
      // Only failed rows have a key here, so that neither writing a row nor marking it touches this index.
      if (await database.schema.hasColumn('outbox', 'stopped_key')) return;
      await database.raw(`ALTER TABLE outbox DROP INDEX outbox_stopped,
        ADD COLUMN stopped_key VARBINARY(1024)
          GENERATED ALWAYS AS (IF(outbox_status = 'FAILED', ordering_key, NULL)) STORED,
        ADD INDEX outbox_stopped (stopped_key)`);
    },
  },
  {
    name: '000_kernel_006_looks',
    async up(database) {
      // Counted before rows are published: that commit is the proof that theirs are on the disk.
      if (await database.schema.hasColumn('outbox_relay', 'looks')) return;
      await database.raw('ALTER TABLE outbox_relay ADD COLUMN looks BIGINT UNSIGNED NOT NULL DEFAULT 0');
    },
  },
  {
    name: '000_kernel_007_schemas',
    async up(database) {
      // An id stands for one schema for ever. One schema may be under several subjects.
      await database.raw(`CREATE TABLE IF NOT EXISTS known_schemas (
        schema_id INT UNSIGNED NOT NULL,
        subject VARCHAR(500) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        schema_text MEDIUMTEXT NOT NULL,
        known_since DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
        PRIMARY KEY (schema_id, subject)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
    },
  },
];
