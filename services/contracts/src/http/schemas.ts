import { Type, type TObject, type TProperties, type TSchema } from '@sinclair/typebox';

/** Largest page of a list, and its size when the caller does not say. */
export const PAGE_LIMIT_MAX = 100;
export const PAGE_LIMIT_DEFAULT = 20;

/** Most points or score that one request may move; keeps every sum far below 2^53. */
const AMOUNT_MAX = 1_000_000_000;
/** An order's total; a sum of prices beyond it is a mismatch, however exact it is. */
const MONEY_MAX = 1_000_000_000_000;
const QUANTITY_MAX = 1_000_000;
const STOCK_MAX = 1_000_000_000;

/** An object that refuses fields it does not declare. */
export function closed<P extends TProperties>(properties: P): TObject<P> {
  return Type.Object(properties, { additionalProperties: false });
}

export const Id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });
export const Amount = Type.Integer({ minimum: 1, maximum: AMOUNT_MAX });
export const Email = Type.String({ format: 'email', maxLength: 254 });
/** One line of text: `line` is a format of ours, well-formed Unicode without control characters, not blank. */
export const Name = Type.String({ format: 'line', minLength: 1, maxLength: 50 });
export const Password = Type.String({ minLength: 8, maxLength: 128 });
export const Title = Type.String({ format: 'line', minLength: 1, maxLength: 200 });
/** Text of several lines: as `line`, with tabs and line breaks. */
export const Content = Type.String({ format: 'text', minLength: 1, maxLength: 10_000 });
export const Instant = Type.String({ format: 'date-time' });
/** Lower case, as ids are made and compared. */
export const Uuid = Type.String({
  pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
});
/** In the currency's minor unit: won for KRW, cents for USD. */
export const Money = Type.Integer({ minimum: 0, maximum: MONEY_MAX });
/** ISO 4217. */
export const Currency = Type.String({ pattern: '^[A-Z]{3}$' });
/** A client's own name for a customer of its. */
export const Label = Type.String({ format: 'line', minLength: 1, maxLength: 100 });
export const Quantity = Type.Integer({ minimum: 1, maximum: QUANTITY_MAX });
export const Stock = Type.Integer({ minimum: 0, maximum: STOCK_MAX });
/** 10 created, 20 confirmed, 25 being shipped, 80 delivered, 90 cancelled. */
export const OrderStatus = Type.Union([10, 20, 25, 80, 90].map((status) => Type.Literal(status)));

export function nullable<S extends TSchema>(schema: S) {
  return Type.Union([schema, Type.Null()]);
}

export const Page = closed({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: PAGE_LIMIT_MAX, default: PAGE_LIMIT_DEFAULT })),
  before: Type.Optional(Id),
});

/** RFC 9457 problem details; `code` is stable, `errors` names the fields at fault. */
export const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  code: Type.String(),
  detail: Type.Optional(Type.String()),
  instance: Type.Optional(Type.String()),
  traceId: Type.Optional(Type.String()),
  errors: Type.Optional(Type.Array(closed({ field: Type.String(), message: Type.String() }))),
});
