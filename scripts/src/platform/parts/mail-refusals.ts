/** Every recipient at this domain is refused for good, so that a permanent failure can be tried out. */
export const REFUSED_DOMAIN = 'refused.example';
/** Every recipient at this domain is refused for now. */
export const DEFERRED_DOMAIN = 'deferred.example';

export interface Refusal {
  readonly responseCode: 451 | 550;
  readonly message: string;
}

/** How the mail catcher refuses a recipient, if it does. */
export function refusalOf(address: string): Refusal | undefined {
  const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
  if (domain === REFUSED_DOMAIN) return { responseCode: 550, message: '5.1.1 no such mailbox' };
  if (domain === DEFERRED_DOMAIN) return { responseCode: 451, message: '4.3.0 try again later' };
  return undefined;
}
