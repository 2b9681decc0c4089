import { page, rowsToRead } from './page';

const cursor = (row: { id: number }) => row.id;
const rows = [{ id: 5 }, { id: 4 }, { id: 3 }];

test('one row more than the page is read', () => {
  expect(rowsToRead({ query: {} })).toBe(21);
  expect(rowsToRead({ query: { limit: 100 } })).toBe(101);
});

test('the next page begins before the last row of this one and keeps the other parameters', () => {
  const request = { path: '/x', query: { userId: 7, limit: 2, before: 6 } };
  expect(page(request, rows, cursor)).toEqual({
    body: [{ id: 5 }, { id: 4 }],
    headers: { Link: '</x?userId=7&limit=2&before=4>; rel="next"' },
  });
});

test('the last page has no next', () => {
  expect(page({ path: '/x', query: { limit: 3 } }, rows, cursor)).toEqual({ body: rows });
  expect(page({ path: '/x', query: { limit: 3 } }, [], cursor)).toEqual({ body: [] });
});
