export interface MailText {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** What a new user is told. */
export function welcomeText(name: string): MailText {
  const greeting = `Welcome to Naru, ${name}!`;
  const news = 'Your account is ready, and 1000 points are on their way to it. A board costs 100 of them.';
  return {
    subject: 'Welcome to Naru',
    text: `${greeting}\n\n${news}\n`,
    html: `<!doctype html><html lang="en"><body><h1>${escapeHtml(greeting)}</h1><p>${news}</p></body></html>`,
  };
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as it may stand in an element or in a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] as string);
}
