import { operations } from '@naru/contracts';
import { page, problem, route, rowsToRead, type MessagingKernel, type Route } from '@naru/kernel';
import { insertProduct, productOf, productsBefore } from './store';

const FIRST_VERSION = 1;

interface ProductParts extends Pick<MessagingKernel, 'database' | 'outbox'> {
  newId(): string;
}

export function productRoutes({ database, outbox, newId }: ProductParts): Route[] {
  return [
    route(operations.createProduct, (request) =>
      request.once(async (trx) => {
        const { productName, price, currency, stockQuantity } = request.body;
        const product = { productId: newId(), productName, price, currency, stockQuantity };
        const sellerId = request.caller.kind === 'user' ? request.caller.userId : null;
        await insertProduct(trx, { ...product, sellerId, version: FIRST_VERSION });
        const data = { ...product, version: FIRST_VERSION };
        await outbox.append(trx, [{ type: 'product.created', data, subject: product.productId }]);
        const created = await productOf(trx, product.productId);
        if (!created) throw new Error(`product ${product.productId} is gone while it is made`);
        return { headers: { Location: `/api/products/${product.productId}` }, body: created.product };
      }),
    ),

    route(operations.listProducts, async (request) => {
      const products = await productsBefore(database, rowsToRead(request), request.query.before);
      const { body, ...rest } = page(request, products, ({ sequence }) => sequence);
      return { ...rest, body: body.map(({ product }) => product) };
    }),

    route(operations.getProduct, async ({ params: { productId } }) => {
      const found = await productOf(database, productId);
      if (!found) throw problem('product-unknown', `there is no product ${productId}`);
      return { body: found.product };
    }),
  ];
}
