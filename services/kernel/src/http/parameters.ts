import type { TObject, TSchema } from '@sinclair/typebox';
import { problem, type FieldError } from '../errors';
import { compile, invalidRequest } from './validation';

type Pairs = readonly (readonly [name: string, value: string])[];

const noParameters = { type: 'object', properties: {}, additionalProperties: false } as unknown as TObject;

/**
 * Reads text parameters into the types that a schema declares. Integers are decimal digits only, as against
 * coercion's `1e3`, ` 7 ` and empty text; a parameter given twice or not declared is refused, never guessed at.
 */
export function parameterReader(
  schema: TObject = noParameters,
  where: 'path' | 'query',
): (pairs: Pairs) => object {
  const check = compile(schema, where);
  const converters = new Map(Object.entries(schema.properties).map(([name, of]) => [name, converter(of)]));
  return (pairs) => {
    const values: Record<string, unknown> = {};
    const errors: FieldError[] = [];
    for (const [name, text] of pairs) {
      const convert = converters.get(name);
      const value = convert?.(text);
      if (!convert) errors.push({ field: name, message: 'is not known' });
      else if (Object.hasOwn(values, name)) errors.push({ field: name, message: 'is given more than once' });
      else if (value === undefined) errors.push({ field: name, message: 'must be a whole number' });
      else values[name] = value;
    }
    if (errors.length > 0) throw invalidRequest(errors);
    return check(values) as object;
  };
}

function converter(schema: TSchema): (text: string) => unknown {
  if (schema['type'] === 'integer') return toInteger;
  if (schema['type'] === 'string') return (text) => text;
  throw new Error(`parameters are integers or strings, not ${String(schema['type'])}`);
}

function toInteger(text: string): number | undefined {
  if (!/^(0|-?[1-9][0-9]{0,15})$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

/**
 * The pairs of a raw query in order, form-decoded (WHATWG URL, 5.1), but unlike there malformed text is refused.
 * @throws ProblemError 400
 */
export function parseQuery(query: string): Pairs {
  if (query === '') return [];
  return query
    .split('&')
    .filter((piece) => piece !== '')
    .map((piece) => {
      const equals = piece.indexOf('=');
      return equals < 0
        ? [decode(piece), '']
        : [decode(piece.slice(0, equals)), decode(piece.slice(equals + 1))];
    });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch (cause) {
    throw problem('query-malformed', 'the query is not percent-encoded UTF-8', { cause });
  }
}
