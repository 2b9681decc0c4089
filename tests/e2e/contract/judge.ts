import type { Answers, ApiDocument, DocumentedAnswer } from './document';
import type { RawAnswer } from './send';

/** Fields about the connection and the form of the body, which OpenAPI leaves to HTTP. */
const framing = new Set([
  'connection',
  'content-length',
  'content-type',
  'date',
  'keep-alive',
  'transfer-encoding',
]);

export interface Asked {
  readonly method: string;
  /** As sent, with its query. */
  readonly target: string;
}

/** What an answer has that the document does not say of it; nothing when it keeps its word. */
export function judge(document: ApiDocument, { method, target }: Asked, answer: RawAnswer): string[] {
  const path = target.split('?', 1)[0]!;
  const answers: Answers = document.find(method, path)?.answers ?? document.other;
  const documented = answers[answer.status];
  if (!documented) return [`status ${answer.status} is not documented`];
  return [
    ...judgeHeaders(document, documented, answer),
    ...judgeBody(document, documented, answer, method === 'HEAD'),
  ];
}

function judgeHeaders(document: ApiDocument, documented: DocumentedAnswer, { headers }: RawAnswer): string[] {
  const known = documented.headers ?? {};
  const undocumented = Object.keys(headers).filter((name) => !framing.has(name) && !known[name]);
  const wrong = Object.entries(known).flatMap(([name, { required, schema }]) => {
    const given = headers[name];
    if (given === undefined) return required ? [`${name} is missing`] : [];
    const value = schema['type'] === 'integer' && /^-?\d+$/.test(given) ? Number(given) : given;
    const problem = document.check(schema, value);
    return problem === null ? [] : [`${name}: ${given}: ${problem}`];
  });
  return [...undocumented.map((name) => `header ${name} is not documented`), ...wrong];
}

function judgeBody(
  document: ApiDocument,
  { content }: DocumentedAnswer,
  { headers, body }: RawAnswer,
  isHead: boolean,
): string[] {
  if (!content) return body === '' ? [] : ['there is a body where none is documented'];
  const mediaType = (headers['content-type'] ?? '').split(';', 1)[0]!;
  const schema = content[mediaType]?.schema;
  if (!schema) return [`content type ${mediaType || '(none)'} is not documented`];
  if (isHead) return body === '' ? [] : ['there is a body to HEAD'];
  let value: unknown = body;
  if (mediaType.endsWith('json')) {
    try {
      value = JSON.parse(body);
    } catch {
      return ['the body is not JSON'];
    }
  }
  const problem = document.check(schema, value);
  return problem === null ? [] : [`body: ${problem}`];
}
