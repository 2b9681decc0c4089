import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { topics } from '@naru/contracts';

import { diagram } from './diagram';
import { eventTypes, type AvroRecord } from './events';
import { outputs } from './outputs';

const root = join(__dirname, '../../..');

test.each([...outputs(root)])('%s is what `npm run generate` writes', (path, content) => {
  expect(readFileSync(join(root, path), 'utf8')).toBe(content);
});

test('a schema becomes an interface, with unions, arrays, enums and docs', () => {
  const schema: AvroRecord = {
    type: 'record',
    name: 'Sample',
    doc: 'A sample.',
    fields: [
      { name: 'id', type: 'long' },
      { name: 'note', type: ['null', 'string'], doc: 'May be missing.' },
      { name: 'tags', type: { type: 'array', items: 'string' } },
      { name: 'state', type: { type: 'enum', name: 'State', symbols: ['ON', 'OFF'] } },
    ],
  };
  const text = eventTypes(new Map([['sample', schema]]));
  expect(text).toContain('/** A sample. */\nexport interface Sample {');
  expect(text).toContain('readonly id: number;');
  expect(text).toContain('/** May be missing. */\n  readonly note: null | string;');
  expect(text).toContain('readonly tags: readonly (string)[];');
  expect(text).toContain("readonly state: 'ON' | 'OFF';");
});

test('what Avro has and Naru does not know is refused', () => {
  const schema: AvroRecord = { type: 'record', name: 'Sample', fields: [{ name: 'id', type: 'bytes' }] };
  expect(() => eventTypes(new Map([['sample', schema]]))).toThrow(/bytes/);
});

test('the diagram names every topic with its producer and consumers', () => {
  const text = diagram();
  for (const [name, topic] of Object.entries(topics)) {
    expect(text).toContain(`{{${name}}}`);
    for (const consumer of Object.keys(topic.consumers))
      expect(text).toMatch(new RegExp(`topic_\\w+ ==>.* ${consumer}$`, 'm'));
  }
});
