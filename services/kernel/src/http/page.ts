import { PAGE_LIMIT_DEFAULT } from '@naru/contracts';

interface Listing {
  readonly path: string;
  readonly query: { readonly limit?: number; readonly before?: number };
}

/** How many rows a list reads from its store: one more than the page, which tells whether there is a next one. */
export function rowsToRead({ query }: Pick<Listing, 'query'>): number {
  return (query.limit ?? PAGE_LIMIT_DEFAULT) + 1;
}

/**
 * A page of the rows read, newest first, with `Link: <…>; rel="next"` (RFC 8288) when there are more.
 * @param cursor the id that the next page goes on before
 */
export function page<Row>(request: Listing, rows: readonly Row[], cursor: (row: Row) => number) {
  const body = rows.slice(0, rowsToRead(request) - 1);
  const last = body.at(-1);
  if (last === undefined || rows.length <= body.length) return { body };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(request.query)) query.set(name, String(value));
  query.set('before', String(cursor(last)));
  return { body, headers: { Link: `<${request.path}?${query.toString()}>; rel="next"` } };
}
