import { isOneMailbox } from './recipient';

describe('isOneMailbox', () => {
  it.each(['kim@naru.example', 'a.b+c@sub.naru.example', "o'neil@naru.example", '김@나루.example'])(
    'takes %s',
    (address) => expect(isOneMailbox(address)).toBe(true),
  );

  it.each([
    ['nothing', ''],
    ['no domain', 'kim'],
    ['a second recipient', 'kim@naru.example,lee@naru.example'],
    ['a second command', 'kim@naru.example>\r\nRCPT TO:<lee@naru.example'],
    ['a second header', 'kim@naru.example\nBcc: lee@naru.example'],
    ['a display name', 'Kim <kim@naru.example>'],
    ['a second @', 'kim@lee@naru.example'],
    ['white space', 'kim @naru.example'],
    ['a group', 'all:kim@naru.example;'],
    ['an address that is too long', `${'k'.repeat(250)}@naru.example`],
  ])('given %s, refuses', (_, address) => expect(isOneMailbox(address)).toBe(false));
});
