import { InfrastructureError, PermanentError } from '@naru/kernel';
import { smtpFailure } from './failure';

const told = (code: string, command?: string, responseCode?: number) =>
  smtpFailure(Object.assign(new Error('no'), { code, command, responseCode }));

describe('smtpFailure', () => {
  it.each([
    ['a recipient who is unknown', told('EENVELOPE', 'RCPT TO', 550)],
    ['a sender who is refused', told('EENVELOPE', 'MAIL FROM', 553)],
    ['a message that is refused', told('EMESSAGE', 'DATA', 554)],
    ['an address that nodemailer refuses', told('EENVELOPE', 'API')],
    ['a message too large for the server', told('EMESSAGE', 'MAIL FROM')],
  ])('given %s, this mail is never sent', (_, failure) => {
    expect(failure).toBeInstanceOf(PermanentError);
    expect(failure).toMatchObject({ code: 'mail-refused' });
  });

  it.each([
    ['a recipient to be tried later', told('EENVELOPE', 'RCPT TO', 451)],
    ['a message to be tried later', told('EMESSAGE', 'DATA', 452)],
    ['a server that goes down', told('EENVELOPE', 'MAIL FROM', 421)],
    ['a server that serves nobody', told('EPROTOCOL', 'CONN', 554)],
    ['a wrong password', told('EAUTH', 'AUTH PLAIN', 535)],
    ['a password that is asked for', told('EENVELOPE', 'MAIL FROM', 530)],
    ['a refused connection', told('ECONNREFUSED')],
    ['a silent server', told('ETIMEDOUT', 'CONN')],
    ['a connection that was closed', told('ECONNECTION', 'API')],
    ['a certificate that is not trusted', told('ETLS', 'STARTTLS')],
    ['anything else', smtpFailure('no')],
  ])('given %s, the mail waits', (_, failure) => {
    expect(failure).toBeInstanceOf(InfrastructureError);
    expect(failure).toMatchObject({ dependency: 'smtp' });
  });
});
