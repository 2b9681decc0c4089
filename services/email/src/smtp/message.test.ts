import { compose } from './message';

const at_ms = Date.parse('2026-11-05T09:00:00Z');
const mail = { messageId: '<id@naru>', at_ms, subject: 's', text: 't\n.\nu', html: '<p>t</p>' };
const from = 'Naru <welcome@naru.example>';

async function headersFor(name: string, address: string): Promise<string> {
  const { content } = await compose({ ...mail, to: { name, address } }, from);
  return content.toString('utf8').split('\r\n\r\n')[0] as string;
}

describe('compose', () => {
  it('given a mail, writes its headers and its envelope', async () => {
    const { from: sender, to } = await compose(
      { ...mail, to: { name: 'Kim', address: 'kim@naru.example' } },
      from,
    );
    expect({ sender, to }).toEqual({ sender: 'welcome@naru.example', to: ['kim@naru.example'] });
    const headers = await headersFor('Kim', 'kim@naru.example');
    expect(headers).toContain('From: Naru <welcome@naru.example>');
    expect(headers).toContain('To: Kim <kim@naru.example>');
    expect(headers).toContain('Message-ID: <id@naru>');
    expect(headers).toContain('Date: Thu, 05 Nov 2026 09:00:00 +0000');
    expect(headers).toContain('Auto-Submitted: auto-generated');
  });

  it.each([
    'Kim\r\nBcc: lee@naru.example',
    'Kim <lee@naru.example>, "Lee',
    'Kim"\r\n\r\nA body of its own',
    '김철수\nBcc: lee@naru.example',
  ])('given the name %j, has no other header and no other recipient', async (name) => {
    const headers = await headersFor(name, 'kim@naru.example');
    const names = headers.split('\r\n').flatMap((line) => /^([A-Za-z-]+):/.exec(line)?.[1] ?? []);
    expect(names.sort()).toEqual(
      [
        'From',
        'To',
        'Subject',
        'Message-ID',
        'Date',
        'Auto-Submitted',
        'MIME-Version',
        'Content-Type',
      ].sort(),
    );
    const { to } = await compose({ ...mail, to: { name, address: 'kim@naru.example' } }, from);
    expect(to).toEqual(['kim@naru.example']);
  });
});
