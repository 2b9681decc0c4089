import { boardOperations } from './board';
import { catalogOperations } from './catalog';
import { emailOperations } from './email';
import { notificationOperations } from './notification';
import { orderOperations } from './order';
import { paymentOperations } from './payment';
import { pointOperations } from './point';
import { productOperations } from './product';
import { userOperations } from './user';

/** Every HTTP operation of Naru: what the services serve, the gateway routes, and /openapi.json tells. */
export const operations = {
  ...userOperations,
  ...boardOperations,
  ...pointOperations,
  ...emailOperations,
  ...orderOperations,
  ...productOperations,
  ...paymentOperations,
  ...catalogOperations,
  ...notificationOperations,
} as const;

export type OperationId = keyof typeof operations;
