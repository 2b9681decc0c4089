import { smtpServer } from './server';

describe('smtpServer', () => {
  it.each([
    ['smtp://127.0.0.1:1025', { host: '127.0.0.1', port: 1025, secure: false }],
    ['smtp://mail', { host: 'mail', port: 587, secure: false }],
    ['smtps://mail', { host: 'mail', port: 465, secure: true }],
    ['smtp://[::1]:25', { host: '::1', port: 25, secure: false }],
    [
      'smtp://na%40ru:p%3Aw@mail',
      { host: 'mail', port: 587, secure: false, credentials: { user: 'na@ru', pass: 'p:w' } },
    ],
  ])('reads %s', (url, server) => expect(smtpServer(url)).toEqual(server));
});
