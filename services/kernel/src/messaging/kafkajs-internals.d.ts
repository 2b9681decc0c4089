/** Parts of kafkajs 2.2.4 (the last of its line) that it has and does not offer; used by kafka-wire.ts alone. */
declare module 'kafkajs/src/protocol/encoder' {
  export default class Encoder {
    writeInt32(value: number): this;
    writeUVarIntBytes(value?: Buffer): this;
    writeUVarIntString(value: string): this;
    writeUVarIntArray(items: readonly Encoder[]): this;
  }
}

declare module 'kafkajs/src/protocol/decoder' {
  export default class Decoder {
    constructor(bytes: Buffer);
    readInt16(): number;
    readInt32(): number;
    readUVarIntString(): string | null;
    readUVarInt(): number;
    readTaggedFields(): unknown;
  }
}
