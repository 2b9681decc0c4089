/** Points that an account starts with. */
export const SIGN_UP_POINTS = 1_000;

/**
 * The one form of an e-mail address that is stored, looked up and counted by. Trimmed because a comparison in
 * MySQL passes over trailing spaces, so that `a@b.c ` would reach `a@b.c` but be counted as another account.
 */
export function normalEmail(text: string): string {
  return text.trim().toLowerCase();
}

/** The one form of a password, for keyboards write the same Hangul composed or not (NIST SP 800-63B, 5.1.1.2). */
export function normalPassword(text: string): string {
  return text.normalize('NFKC');
}
