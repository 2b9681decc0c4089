/** What the tables of the commerce services hold. */

export interface OrderFacts {
  readonly orders: readonly Order[];
  /** In the order in which they were taken. */
  readonly steps: readonly SagaStep[];
}

export interface Order {
  readonly orderId: string;
  readonly customerId: string;
  readonly totalAmount: number;
  readonly items: readonly Item[];
  readonly status: number;
  readonly sagaStatus: string;
  readonly version: number;
}

export interface Item {
  readonly productId: string;
  readonly quantity: number;
}

/** A step that changed its order; those that changed nothing are left out. */
export interface SagaStep {
  readonly orderId: string;
  readonly input: string;
  /** Null for the step that made the order. */
  readonly from: string | null;
  readonly to: string;
  readonly version: number;
}

export interface ProductFacts {
  readonly products: readonly Product[];
  readonly reservations: readonly Reservation[];
}

export interface Product {
  readonly productId: string;
  readonly initial: number;
  readonly free: number;
  readonly held: number;
  readonly sold: number;
}

export interface Reservation {
  readonly orderId: string;
  readonly status: string;
  readonly items: readonly Item[];
}

export interface PaymentFacts {
  readonly payments: readonly Payment[];
  /** What the payment provider did, by its own books. */
  readonly operations: readonly ProviderOperation[];
}

export interface Payment {
  readonly orderId: string;
  readonly amount: number;
  readonly status: string;
}

export interface ProviderOperation {
  readonly orderId: string;
  readonly kind: 'CAPTURE' | 'REFUND';
  readonly amount: number;
  readonly isDeclined: boolean;
}

export interface CatalogFacts {
  readonly orders: readonly CatalogueOrder[];
  /** Events that were heard and are not applied yet, or could not be. */
  readonly unapplied: readonly HeardEvent[];
}

export interface CatalogueOrder {
  readonly orderId: string;
  readonly status: number;
  readonly sagaStatus: string;
  /** Types of the events that were applied to it. */
  readonly heard: ReadonlySet<string>;
}

export interface HeardEvent {
  readonly eventId: string;
  readonly aggregateId: string;
  readonly status: string;
}

export interface NotificationFacts {
  readonly deliveries: readonly Delivery[];
}

export interface Delivery {
  readonly eventId: string;
  readonly orderId: string;
  readonly status: string;
  readonly attempts: number;
}
