import { Type } from '@sinclair/typebox';
import { parameterReader, parseQuery } from './parameters';

const schema = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
    before: Type.Optional(Type.Integer({ minimum: 1 })),
    q: Type.Optional(Type.String({ maxLength: 5 })),
  },
  { additionalProperties: false },
);
const read = (query: string) => parameterReader(schema, 'query')(parseQuery(query));

test('reads integers as numbers and fills in defaults', () => {
  expect(read('before=9007199254740991&q=a+b%21')).toEqual({
    limit: 20,
    before: 9007199254740991,
    q: 'a b!',
  });
  expect(read('')).toEqual({ limit: 20 });
});

test.each([
  ['limit=', 'limit'],
  ['limit', 'limit'],
  ['limit=0', 'limit'],
  ['limit=101', 'limit'],
  ['limit=1.0', 'limit'],
  ['limit=1e1', 'limit'],
  ['limit=0x10', 'limit'],
  ['limit=+5', 'limit'],
  ['limit=%205', 'limit'],
  ['limit=05', 'limit'],
  ['limit=true', 'limit'],
  ['limit=2&limit=2', 'limit'],
  ['limit[]=2', 'limit[]'],
  ['before=9007199254740992', 'before'],
  ['before=99999999999999999999', 'before'],
  ['other=1', 'other'],
  ['__proto__=1', '__proto__'],
  ['q=toolong', 'q'],
])('refuses %s, naming %s', (query, field) => {
  expect(() => read(query)).toThrow(
    expect.objectContaining({ status: 400, errors: [expect.objectContaining({ field })] }),
  );
});

test.each(['q=%ff', 'q=%c0%80', '%ff=1'])('refuses %s, which is not UTF-8', (query) => {
  expect(() => read(query)).toThrow(expect.objectContaining({ status: 400, code: 'query-malformed' }));
});
