import { Type } from '@sinclair/typebox';
import type { Operation } from '../define';
import { closed, Currency, Id, Instant, Money, named, nullable, Page, Stock, Title, Uuid } from '../schemas';

const Product = named(
  'Product',
  closed({
    productId: Uuid,
    productName: Title,
    price: Money,
    currency: Currency,
    stockQuantity: Stock,
    sellerId: nullable(Id),
    createdAt: Instant,
  }),
);

/** What is for sale, and how much of it is there. */
export const productOperations = {
  createProduct: {
    id: 'createProduct',
    service: 'product',
    summary: 'Put a product up for sale',
    method: 'POST',
    path: '/api/products',
    access: 'user-or-direct',
    body: named(
      'NewProduct',
      closed({ productName: Title, price: Money, currency: Currency, stockQuantity: Stock }),
    ),
    status: 201,
    answer: Product,
    idempotent: true,
    headers: ['Location'],
  },
  listProducts: {
    id: 'listProducts',
    service: 'product',
    summary: 'Products, newest first; stock is what can still be ordered',
    method: 'GET',
    path: '/api/products',
    access: 'user-or-direct',
    query: Page,
    status: 200,
    answer: Type.Array(Product),
    headers: ['Link'],
  },
  getProduct: {
    id: 'getProduct',
    service: 'product',
    summary: 'One product',
    method: 'GET',
    path: '/api/products/{productId}',
    access: 'user-or-direct',
    params: closed({ productId: Uuid }),
    status: 200,
    answer: Product,
    problems: ['product-unknown'],
  },
} as const satisfies Record<string, Operation>;
