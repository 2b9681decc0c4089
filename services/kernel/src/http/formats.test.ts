import { isLine, isText, isWellFormed } from './formats';

describe('line', () => {
  test.each(['Ada', '나루', '🛶', '👩‍👩‍👧', 'a b', 'é'])('takes %j', (text) => expect(isLine(text)).toBe(true));
  test.each([
    '',
    ' ',
    '\u200b',
    '\u3000',
    'a\nb',
    'a\tb',
    'a\0',
    '\u007f',
    'a\u0085',
    'a\u2028b',
    '\ud83d',
    'a\udedc',
  ])('refuses %j', (text) => expect(isLine(text)).toBe(false));
});

describe('text', () => {
  test.each(['one\ntwo\r\n\tthree', '🛶\n'])('takes %j', (text) => expect(isText(text)).toBe(true));
  test.each(['', '\n\t ', 'a\0b', 'a\u001bb', 'a\ud800', '\udc00a'])('refuses %j', (text) =>
    expect(isText(text)).toBe(false),
  );
});

test('a pair of surrogates is well-formed, one alone is not', () => {
  expect(isWellFormed('\ud83d\udef6')).toBe(true);
  expect(isWellFormed('\udef6\ud83d')).toBe(false);
});
