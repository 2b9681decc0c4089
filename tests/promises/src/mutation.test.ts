import { applyEdit } from './mutation';

const edit = { file: 'a.ts', find: 'await commit();', replace: 'void commit();' };

test('text that is there once is replaced, and nothing else', () => {
  expect(applyEdit(edit, 'await work();\nawait commit();\n')).toBe('await work();\nvoid commit();\n');
});

test('the replacement is taken as it is, also where a regular expression would see more in it', () => {
  expect(applyEdit({ ...edit, find: 'a.c', replace: '$& $1' }, 'abc a.c')).toBe('abc $& $1');
});

test.each([
  ['not there', 'await work();', 'a.ts has 0 times'],
  ['there twice', 'await commit(); await commit();', 'a.ts has 2 times'],
])('text that is %s is an error that names the file and the text', (_, source, message) => {
  expect(() => applyEdit(edit, source)).toThrow(message);
  expect(() => applyEdit(edit, source)).toThrow(edit.find);
});

test('no text, and no change, are errors', () => {
  expect(() => applyEdit({ ...edit, find: '' }, 'x')).toThrow('a.ts');
  expect(() => applyEdit({ ...edit, replace: edit.find }, edit.find)).toThrow('would stay as it is');
});
