import type { ServiceName } from '@naru/contracts';

/** What the services know of an order. Times are UTC, as their databases write them. */
export interface OrderStory extends Troubles {
  readonly order: StoredOrder;
  readonly steps: readonly Step[];
  readonly reservation: { readonly status: string; readonly reason: string | null } | undefined;
  readonly payment: PaymentState | undefined;
  readonly notifications: readonly EventTrial[];
  /** Events that the catalogue heard and has not applied, or could not. */
  readonly unapplied: readonly EventTrial[];
}

/** What is stuck, a line of words each. */
export interface Troubles {
  /** Events that wait in an outbox, or cannot leave it. */
  readonly unpublished: readonly string[];
  readonly deadLetters: readonly string[];
  readonly parked: readonly string[];
}

export interface StoredOrder {
  readonly orderId: string;
  readonly userId: number | null;
  readonly customerId: string;
  readonly totalAmount: number;
  readonly currency: string;
  readonly status: number;
  readonly sagaId: string;
  readonly sagaStatus: string;
  readonly version: number;
  readonly traceId: string | null;
  readonly createdAt: string;
  readonly deadlineAt: string | null;
  readonly isStockReleased: boolean;
  readonly isPaymentReturned: boolean;
}

export interface Step {
  readonly at: string;
  readonly input: string;
  readonly isApplied: boolean;
  readonly from: string | null;
  readonly to: string;
  readonly told: string | null;
  readonly reason: string | null;
  readonly eventId: string | null;
}

export interface PaymentState {
  readonly status: string;
  readonly attempts: number;
  readonly dueAt: string | null;
  readonly lastError: string | null;
  /** What the provider was asked and did, by its own books. */
  readonly operations: readonly ProviderOperation[];
}

export interface ProviderOperation {
  readonly key: string;
  readonly calls: number;
  /** Why the provider said no, or null when it is done. */
  readonly declined: string | null;
  readonly at: string;
}

/** An event that a service has tried something with. */
export interface EventTrial {
  readonly eventId: string;
  readonly type: string;
  readonly status: string;
  readonly attempts: number;
  readonly at: string;
  readonly error: string | null;
}

export interface Awaited {
  readonly what: string;
  readonly from: string;
  /** UTC, as the database writes it. */
  readonly until: string | null;
  /** How far it has come there, as known. */
  readonly known: string | null;
}

/** What the services know of a user; nothing that names the person. */
export interface UserStory extends Troubles {
  readonly user: {
    readonly userId: number;
    readonly activityScore: number;
    readonly version: number;
    readonly createdAt: string;
  };
  /** The point service's; undefined until it has heard of the user. */
  readonly account: { readonly balance: number; readonly isOpened: boolean } | undefined;
  /** The board service's copy of the user. */
  readonly replica: { readonly version: number } | undefined;
  /** Oldest first. */
  readonly moves: readonly UserMove[];
  readonly mails: readonly EventTrial[];
}

export interface UserMove {
  readonly at: string;
  readonly service: ServiceName;
  readonly what: string;
  readonly detail: string | null;
  readonly isDone: boolean;
}
