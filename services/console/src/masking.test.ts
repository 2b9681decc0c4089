import { deadLetterHeaders, eventHeaders } from '@naru/contracts';
import { headerTexts, MASK, payloadText } from './masking';

const order = {
  orderId: 'o-1',
  userId: 7,
  customerId: 'kim',
  customerEmail: 'kim@example.com',
  totalAmount: 12900,
  items: [{ productId: 'p-1', quantity: 2, note: 'ring twice' }],
  status: 10,
  nobodyKnows: { userId: { name: 'hidden below a plain name' } },
};
const bytes = Buffer.from(JSON.stringify(order));

test('keeps the shape, ids and states, and masks every other value, nested ones too', () => {
  const { payload, isMasked } = payloadText(bytes, false);
  expect(isMasked).toBe(true);
  expect(JSON.parse(payload)).toEqual({
    orderId: 'o-1',
    userId: 7,
    customerId: MASK,
    customerEmail: MASK,
    totalAmount: MASK,
    items: [{ productId: 'p-1', quantity: 2, note: MASK }],
    status: 10,
    nobodyKnows: { userId: { name: MASK } },
  });
});

test('shows all of it when it may be shown, up to a length', () => {
  expect(payloadText(bytes, true)).toEqual({ payload: JSON.stringify(order), isMasked: false });
  expect(payloadText(Buffer.from('x'.repeat(20_000)), true).payload).toHaveLength(16_001);
});

test('what is no id is masked, wherever it stands', () => {
  const { payload } = payloadText(Buffer.from('{"userId":"kim@example.com","reason":"he said no"}'), false);
  expect(JSON.parse(payload)).toEqual({ userId: MASK, reason: MASK });
});

test('what is no JSON is masked whole', () => {
  const { payload } = payloadText(Buffer.from('kim@example.com'), false);
  expect(payload).not.toContain('kim');
  expect(payloadText(null, false)).toEqual({ payload: '', isMasked: false });
});

test('a payload of bottomless nesting is masked from some depth on', () => {
  const deep = Buffer.from(`${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`);
  expect(payloadText(deep, false).payload.length).toBeLessThan(2_000);
});

test('headers of other producers and texts of errors are masked', () => {
  const headers = [
    [eventHeaders.id, Buffer.from('e-1')],
    [deadLetterHeaders.exceptionMessage, Buffer.from('kim@example.com is taken')],
    ['x-session', Buffer.from('secret')],
  ] as const;
  expect(headerTexts(headers, false)).toEqual({
    [eventHeaders.id]: 'e-1',
    [deadLetterHeaders.exceptionMessage]: MASK,
    'x-session': MASK,
  });
  expect(headerTexts(headers, true)['x-session']).toBe('secret');
});
