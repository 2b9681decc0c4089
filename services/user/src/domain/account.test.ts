import { normalEmail, normalPassword } from './account';

test('an e-mail address has one form, whatever its case and the spaces around it', () => {
  expect(normalEmail(' Kim@Example.COM ')).toBe('kim@example.com');
});

test('a password typed as composed or as decomposed Hangul is the same', () => {
  expect(normalPassword('나루터비밀번호'.normalize('NFD'))).toBe(
    normalPassword('나루터비밀번호'.normalize('NFC')),
  );
});

test('a password keeps its case and its spaces', () => {
  expect(normalPassword(' Pass Word ')).toBe(' Pass Word ');
});
