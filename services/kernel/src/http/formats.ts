/**
 * Text formats of ours (contracts/http/schemas). Both refuse lone surrogates, which no database column can hold,
 * and control characters; the u flag makes a pair of surrogates one character, so emoji pass.
 */
const notInLine = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;
const notInText = /[^\P{Cc}\t\n\r]|\p{Cs}/u;
const notBlank = /[^\s\u200b-\u200d\u2060\ufeff]/u;

/** One line, not blank. */
export function isLine(text: string): boolean {
  return !notInLine.test(text) && notBlank.test(text);
}

/** Several lines with tabs, not blank. */
export function isText(text: string): boolean {
  return !notInText.test(text) && notBlank.test(text);
}

/** Whether text is well-formed UTF-16, so that it has a UTF-8 form. */
export function isWellFormed(text: string): boolean {
  return !/\p{Cs}/u.test(text);
}
