import { escapeHtml, welcomeText } from './welcome';

describe('welcomeText', () => {
  it('given a name with markup, shows it as text', () => {
    const { html, text, subject } = welcomeText('<b onload="x()">O\'Neil & Söhne</b>');
    expect(html).toContain('&lt;b onload=&quot;x()&quot;&gt;O&#39;Neil &amp; Söhne&lt;/b&gt;');
    expect(text).toContain('<b onload="x()">O\'Neil & Söhne</b>');
    expect(subject).toBe('Welcome to Naru');
  });
});

describe('escapeHtml', () => {
  it('given text that is escaped already, escapes it once more', () => {
    expect(escapeHtml('&amp;')).toBe('&amp;amp;');
  });
});
