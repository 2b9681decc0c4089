import type { TSchema } from '@sinclair/typebox';
import Ajv, { type ErrorObject } from 'ajv';
import addFormats from 'ajv-formats';
import { problem, type FieldError, type ProblemError } from '../errors';
import { isLine, isText } from './formats';

const FIELD_ERRORS_MAX = 20;

const ajv = new Ajv({
  allErrors: true,
  strict: true,
  coerceTypes: false,
  useDefaults: true,
  ownProperties: true,
});
addFormats(ajv, ['date-time', 'email', 'uuid']);
ajv.addFormat('line', isLine);
ajv.addFormat('text', isText);

const formatMessages: Record<string, string> = {
  line: 'must be one line of text, not blank and without control characters',
  text: 'must be text, not blank and without control characters',
  email: 'must be an e-mail address',
};

/**
 * A check against a schema that returns the value with defaults filled in.
 * The check throws ProblemError 400 with an error for each field at fault, at most 20.
 */
export function compile(schema: TSchema, where: 'body' | 'path' | 'query'): (value: unknown) => unknown {
  const validate = ajv.compile(schema);
  return (value) => {
    if (validate(value)) return value;
    throw invalidRequest((validate.errors ?? []).map((error) => toFieldError(error, where)));
  };
}

export function invalidRequest(errors: readonly FieldError[]): ProblemError {
  const fields = [...new Set(errors.map((error) => error.field))].slice(0, FIELD_ERRORS_MAX);
  return problem('invalid-request', `not valid: ${fields.map((field) => field.slice(0, 64)).join(', ')}`, {
    errors: errors.slice(0, FIELD_ERRORS_MAX),
  });
}

/** `items/0/quantity` is the field's name; an undeclared or missing field is named itself, not its parent. */
function toFieldError(error: ErrorObject, where: string): FieldError {
  const named = error.params['missingProperty'] ?? error.params['additionalProperty'];
  const path = named === undefined ? error.instancePath : `${error.instancePath}/${String(named)}`;
  return { field: (path.slice(1) || where).slice(0, 200), message: messageOf(error) };
}

function messageOf(error: ErrorObject): string {
  if (error.keyword === 'required') return 'is missing';
  if (error.keyword === 'additionalProperties') return 'is not known';
  if (error.keyword === 'format') return formatMessages[String(error.params['format'])] ?? 'is malformed';
  return error.message ?? 'is not valid';
}
