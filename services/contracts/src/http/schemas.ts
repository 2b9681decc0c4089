import { Type, type TObject, type TProperties, type TSchema } from '@sinclair/typebox';
import { currencies } from './currencies';

/** Largest page of a list, and its size when the caller does not say. */
export const PAGE_LIMIT_MAX = 100;
export const PAGE_LIMIT_DEFAULT = 20;

/** Most points or score that one request may move; keeps every sum far below 2^53. */
const AMOUNT_MAX = 1_000_000_000;
/** An order's total; a sum of prices beyond it is a mismatch, however exact it is. */
const MONEY_MAX = 1_000_000_000_000;
const QUANTITY_MAX = 1_000_000;
const STOCK_MAX = 1_000_000_000;

/** Marks a schema that the description of the API names. A symbol, which copies keep and validators pass over. */
export const schemaName = Symbol('naru.schema-name');

/** A schema under a name of its own. */
export function named<S extends TSchema>(name: string, schema: S): S {
  return { ...schema, [schemaName]: name };
}

/** An object that refuses fields it does not declare. */
export function closed<P extends TProperties>(properties: P): TObject<P> {
  return Type.Object(properties, { additionalProperties: false });
}

export const Id = named(
  'Id',
  Type.Integer({
    minimum: 1,
    maximum: Number.MAX_SAFE_INTEGER,
    description: 'A whole number',
    examples: [7],
  }),
);
export const Amount = Type.Integer({ minimum: 1, maximum: AMOUNT_MAX });
export const Email = named(
  'Email',
  Type.String({
    format: 'email',
    maxLength: 254,
    description: 'An e-mail address in ASCII; upper and lower case are the same',
    examples: ['hana@example.com'],
  }),
);
/** One line of text: `line` is a format of ours, well-formed Unicode without control characters, not blank. */
const line = (maxLength: number, example: string) =>
  Type.String({
    format: 'line',
    minLength: 1,
    maxLength,
    description: 'One line of well-formed Unicode, not blank and without control characters',
    examples: [example],
  });
export const Name = named('Name', line(50, 'Hana'));
export const Password = named(
  'Password',
  Type.String({ minLength: 8, maxLength: 128, examples: ['crossing-the-river'] }),
);
export const Title = named('Title', line(200, 'The ferry leaves at dawn'));
/** Text of several lines: as `line`, with tabs and line breaks. */
export const Content = named(
  'Content',
  Type.String({
    format: 'text',
    minLength: 1,
    maxLength: 10_000,
    description: 'Well-formed Unicode, not blank; of control characters only tabs and line breaks',
    examples: ['Bring an umbrella.\nAnd a lamp.'],
  }),
);
export const Instant = named(
  'Instant',
  Type.String({
    format: 'date-time',
    description: 'RFC 3339, in UTC',
    examples: ['2026-11-26T09:30:00.123456Z'],
  }),
);
/** Lower case, as ids are made and compared. */
export const Uuid = named(
  'Uuid',
  Type.String({
    pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
    description: 'A UUID in lower case',
    examples: ['0193a5c1-7d2e-7b6a-9f10-2c4d6e8fa0b1'],
  }),
);
/** In the currency's minor unit: won for KRW, cents for USD. */
export const Money = named(
  'Money',
  Type.Integer({
    minimum: 0,
    maximum: MONEY_MAX,
    description: "In the currency's minor unit: won for KRW, cents for USD",
    examples: [24_000],
  }),
);
/** An active code of ISO 4217, funds and metals left out. */
export const Currency = named(
  'Currency',
  Type.Unsafe<string>({
    type: 'string',
    enum: [...currencies],
    description: 'ISO 4217',
    examples: ['KRW'],
  }),
);
/** A client's own name for a customer of its. */
export const Label = named('CustomerLabel', line(100, 'customer-42'));
export const Quantity = Type.Integer({ minimum: 1, maximum: QUANTITY_MAX, examples: [2] });
export const Stock = Type.Integer({ minimum: 0, maximum: STOCK_MAX, examples: [100] });
/** 10 created, 20 confirmed, 25 being shipped, 80 delivered, 90 cancelled. */
export const OrderStatus = named(
  'OrderStatus',
  Type.Union(
    [10, 20, 25, 80, 90].map((status) => Type.Literal(status)),
    { description: '10 created, 20 confirmed, 25 being shipped, 80 delivered, 90 cancelled', examples: [20] },
  ),
);

export function nullable<S extends TSchema>(schema: S) {
  return Type.Union([schema, Type.Null()]);
}

export const Page = closed({
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: PAGE_LIMIT_MAX,
      default: PAGE_LIMIT_DEFAULT,
      description: 'How many at most',
    }),
  ),
  before: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'Where the list goes on, as the Link of the page before says',
    }),
  ),
});

/** RFC 9457 problem details; `code` is stable, `errors` names the fields at fault. */
export const Problem = named(
  'Problem',
  Type.Object(
    {
      type: Type.String({ format: 'uri', examples: ['urn:naru:problem:invalid-request'] }),
      title: Type.String({ examples: ['Bad Request'] }),
      status: Type.Integer({ minimum: 400, maximum: 599, examples: [400] }),
      code: Type.String({ description: 'Stable, for programs', examples: ['invalid-request'] }),
      detail: Type.Optional(Type.String({ description: 'For people', examples: ['not valid: title'] })),
      instance: Type.Optional(Type.String({ description: "The request's path", examples: ['/api/boards'] })),
      traceId: Type.Optional(Type.String({ examples: ['4bf92f3577b34da6a3ce929d0e0e4736'] })),
      errors: Type.Optional(
        Type.Array(closed({ field: Type.String(), message: Type.String() }), {
          description: 'The fields at fault, at most 20',
          maxItems: 20,
          examples: [[{ field: 'title', message: 'is missing' }]],
        }),
      ),
    },
    { description: 'RFC 9457 problem details' },
  ),
);
