import { restoration, type ReplayAssembly } from '@naru/kernel';
import { restoreProduct } from './store';

/** Products come to be by request; their stock is what replaying all orders makes of it, for orders share it. */
export const productReplay: ReplayAssembly = {
  restorations: [
    restoration('given', ['product.created'], async (trx, events) => {
      for (const { data } of events) await restoreProduct(trx, { ...data, sellerId: null });
    }),
  ],
  dependsOnOtherKeys: true,
};
