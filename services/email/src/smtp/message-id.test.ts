import { messageIdOf } from './message-id';

describe('messageIdOf', () => {
  it('given an event of ours, is its id', () => {
    expect(messageIdOf('0192f0c1-7a70-7bbb-8000-000000000001')).toBe(
      '<0192f0c1-7a70-7bbb-8000-000000000001@naru>',
    );
  });

  it('given an id that would break out of the header, is a word made from it, always the same', () => {
    const id = 'x@y>\r\nBcc: <all@naru.example>';
    expect(messageIdOf(id)).toMatch(/^<[0-9a-f]{64}@naru>$/);
    expect(messageIdOf(id)).toBe(messageIdOf(id));
    expect(messageIdOf(id)).not.toBe(messageIdOf(`${id} `));
  });
});
