/** RFC 5321, 4.5.3.1.3. */
const ADDRESS_LENGTH_MAX = 254;

/** One mailbox and nothing else: no second recipient, no display name, no white space, no control characters. */
const oneMailbox = /^[^\s\p{Cc}\p{Cs}<>()[\]\\,;:"@]+@[^\s\p{Cc}\p{Cs}<>()[\]\\,;:"@]+$/u;

/** Why an address is refused that is no such thing. */
export const NOT_ONE_MAILBOX = 'the address is not one mailbox';

/** Whether an address can be handed to a mail server without meaning anything else than one recipient. */
export function isOneMailbox(address: string): boolean {
  return address.length <= ADDRESS_LENGTH_MAX && oneMailbox.test(address);
}
