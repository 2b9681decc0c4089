import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a MySQL server on which the answer to a COMMIT can be lost. */
export interface CommitCutter {
  /** The database's URL through here. */
  readonly url: string;
  /**
   * The next COMMIT of a transaction with a statement that contains this text reaches the server; its answer does not
   * come back, for the connection is broken. Resolves when that has happened.
   */
  cutNext(statement: string): Promise<void>;
  close(): Promise<void>;
}

interface Armed {
  readonly statement: string;
  done(): void;
}

interface Connection {
  readonly near: Socket;
  readonly far: Socket;
  /** Statements of the transaction under way. */
  statements: string[];
  /** Set from a COMMIT on whose answer is to be lost. */
  cutting: Armed | undefined;
}

const PACKET_HEADER_BYTES = 4;
const COM_QUERY = 3;
const STATEMENTS_MAX = 1_000;

/** Listens on a free port of 127.0.0.1, in front of the server in a mysql:// URL; the connections must be plain. */
export async function createCommitCutter(databaseUrl: string): Promise<CommitCutter> {
  const target = new URL(databaseUrl);
  const connections = new Set<Connection>();
  let armed: Armed | undefined;

  function sees(connection: Connection, sql: string) {
    if (/^(COMMIT|ROLLBACK)/i.test(sql)) {
      const { statements } = connection;
      connection.statements = [];
      const wanted = armed && statements.some((text) => text.includes(armed?.statement ?? ''));
      if (!wanted || /^ROLLBACK/i.test(sql)) return;
      connection.cutting = armed;
      armed = undefined;
    } else if (connection.statements.length < STATEMENTS_MAX) {
      connection.statements.push(sql);
    }
  }

  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port: Number(target.port), host: target.hostname, noDelay: true });
    const connection: Connection = { near, far, statements: [], cutting: undefined };
    connections.add(connection);
    const packets = packetReader((sql) => sees(connection, sql));
    near.on('data', (data) => {
      packets(data);
      far.write(data);
    });
    far.on('data', (data) => {
      if (connection.cutting) {
        // The server has answered, so the COMMIT took effect.
        near.destroy();
        connection.cutting.done();
      } else {
        near.write(data);
      }
    });
    near
      .on('error', () => undefined)
      .once('close', () => {
        connections.delete(connection);
        far.destroy();
      });
    far.on('error', () => undefined).once('close', () => near.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(databaseUrl);
  url.port = String((server.address() as AddressInfo).port);

  return {
    url: url.toString(),
    cutNext: (statement) => new Promise((done) => (armed = { statement, done })),
    async close() {
      server.close();
      for (const { near } of connections) near.destroy();
      await once(server, 'close');
    },
  };
}

/** Calls back with the text of each COM_QUERY packet in a client's stream. */
function packetReader(onQuery: (sql: string) => void): (data: Buffer) => void {
  let buffered: Buffer = Buffer.alloc(0);
  return (data) => {
    buffered = Buffer.concat([buffered, data]);
    while (buffered.length >= PACKET_HEADER_BYTES) {
      const end = PACKET_HEADER_BYTES + buffered.readUIntLE(0, 3);
      if (buffered.length < end) return;
      const payload = buffered.subarray(PACKET_HEADER_BYTES, end);
      if (payload[0] === COM_QUERY) onQuery(payload.toString('utf8', 1));
      buffered = buffered.subarray(end);
    }
  };
}
