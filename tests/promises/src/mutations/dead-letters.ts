import type { Mutation } from '../mutation';

const messaging = 'services/kernel/src/messaging';
const file = 'services/kernel/test/dead-letter.test.ts';
const letters = 'promise 15: dead letters';
const redrive = 'promise 16: redrive';

/** Promises 15 and 16: dead letters, and sending them again. */
export const deadLetterMutations: readonly Mutation[] = [
  {
    promise: 15,
    title: 'a dead letter loses the headers of its record',
    file: `${messaging}/dead-letter.ts`,
    find: '...record.headers.filter(([name]) => !names.has(name)),',
    replace: '',
    test: {
      file,
      name: `${letters} same partition, raw bytes and headers untouched, and headers that say where from and why`,
    },
  },
  {
    promise: 15,
    title: 'a dead letter goes to another partition',
    file: `${messaging}/dead-letter.ts`,
    find: 'return { id: deadLetterId(group, record), topic, partition,',
    replace: 'return { id: deadLetterId(group, record), topic, partition: partition - 1,',
    test: {
      file,
      name: `${letters} same partition, raw bytes and headers untouched, and headers that say where from and why`,
    },
  },
  {
    promise: 15,
    title: 'headers of an earlier dead letter stay',
    file: `${messaging}/dead-letter.ts`,
    find: 'record.headers.filter(([name]) => !names.has(name))',
    replace: 'record.headers.filter(([name]) => name !== undefined || names.has(name))',
    test: {
      file,
      name: `${letters} what an earlier dead letter said is replaced, and a long message is cut between characters`,
    },
  },
  {
    promise: 15,
    title: 'what the error says is not capped',
    file: `${messaging}/dead-letter.ts`,
    find: 'if (bytes.length <= bytesMax) return text;',
    replace: 'if (bytes.length > bytesMax) return text;',
    test: {
      file,
      name: `${letters} what an earlier dead letter said is replaced, and a long message is cut between characters`,
    },
  },
  {
    promise: 15,
    title: 'one dead letter for all groups together',
    file: `${messaging}/dead-letter.ts`,
    find: 'return `${group}:${topic}:${partition}:${offset}`;',
    replace: 'return `${topic}:${partition}:${offset}:${group.length}`;',
    test: { file, name: `${letters} one for each group that failed` },
  },
  {
    promise: 15,
    title: 'a record that is read again becomes another dead letter',
    file: `${messaging}/dead-letter.ts`,
    find: 'if (fresh.size > 0) await outbox.appendRaw(trx, [letter]);',
    replace: 'await outbox.appendRaw(trx, [{ ...letter, id: `${letter.id}:${fresh.size}` }]);',
    test: { file, name: `${letters} written once, although the record is read again` },
  },
  {
    promise: 16,
    title: 'other groups handle what is redriven for one',
    file: `${messaging}/processor.ts`,
    find: 'redrivenFor !== undefined && redrivenFor !== parts.group',
    replace: "redrivenFor === ''",
    test: { file, name: `${redrive} other groups pass over what is redriven for one` },
  },
  {
    promise: 16,
    title: 'a group redrives the dead letters of others',
    file: `${messaging}/redrive.ts`,
    find: 'stored.letter.group === group && ',
    replace: 'group && ',
    test: { file, name: `${redrive} by group, by key and by event id` },
  },
  {
    promise: 16,
    title: 'how often it was sent again is not counted',
    file: `${messaging}/redrive.ts`,
    find: 'Buffer.from(String(redrives + 1))',
    replace: 'Buffer.from(String(redrives))',
    test: { file, name: `${redrive} after five times it is refused and stays` },
  },
  {
    promise: 16,
    title: 'there is no limit',
    file: `${messaging}/dead-letter-reader.ts`,
    find: 'letter.redrives >= REDRIVES_MAX',
    replace: 'letter.redrives > REDRIVES_MAX * 2',
    test: { file, name: `${redrive} after five times it is refused and stays` },
  },
  {
    promise: 16,
    title: 'a dry run sends',
    file: `${messaging}/redrive.ts`,
    find: 'else if (dryRun)',
    replace: 'else if (dryRun && !topic)',
    test: {
      file,
      name: `${redrive} a dry run tells and sends nothing; then each is sent once, in key order, with its event id`,
    },
  },
  {
    promise: 16,
    title: 'the newest dead letter is sent first',
    file: `${messaging}/dead-letter-reader.ts`,
    find: 'chunk.push(record);',
    replace: 'chunk.unshift(record);',
    test: {
      file,
      name: `${redrive} a dry run tells and sends nothing; then each is sent once, in key order, with its event id`,
    },
  },
  {
    promise: 16,
    title: 'a dead letter is sent before an earlier one of its key',
    file: `${messaging}/redrive.ts`,
    find: 'else if (earlier) outOfTurn',
    replace: 'else if (earlier && !topic) outOfTurn',
    test: { file, name: `${redrive} one is refused while an earlier one of its key waits, which is named` },
  },
  {
    promise: 16,
    title: 'what was redriven is not recorded',
    file: `${messaging}/redrive.ts`,
    find: 'await execute(trx, sql, [id, redrives + 1, eventId ?? null]);',
    replace: 'if (!id) await execute(trx, sql, [id, redrives + 1, eventId ?? null]);',
    test: {
      file,
      name: `${redrive} a dry run tells and sends nothing; then each is sent once, in key order, with its event id`,
    },
  },
];
