// Generated from services/contracts/events/*.avsc by `npm run generate`. Do not edit.

/** A board was written. Key: userId, so that one author's boards keep their order. */
export interface BoardCreated {
  readonly boardId: number;
  readonly userId: number;
  readonly title: string;
  /** Counts the board's changes, from 1. */
  readonly version: number;
}

/** The order is given up: its stock is to be released and its payment to be taken back. Key: orderId. */
export interface OrderCancelled {
  readonly orderId: string;
  /** Who ordered; null when a trusted service did. */
  readonly userId: null | number;
  /** The client's own label of its customer. */
  readonly customerId: string;
  readonly customerEmail: string;
  /** In the currency's minor unit. */
  readonly totalAmount: number;
  /** ISO 4217. */
  readonly currency: string;
  /** Empty for an order that is settled from the start. */
  readonly items: readonly ({
    readonly productId: string;
    readonly quantity: number;
  })[];
  /** 10 created, 20 confirmed, 25 being shipped, 80 delivered, 90 cancelled. */
  readonly status: number;
  readonly sagaId: string;
  readonly sagaStatus: string;
  /** Counts the order's changes, from 1. */
  readonly version: number;
  readonly reason: string;
}

/** The order is paid and its stock is sold. Key: orderId. */
export interface OrderConfirmed {
  readonly orderId: string;
  /** Who ordered; null when a trusted service did. */
  readonly userId: null | number;
  /** The client's own label of its customer. */
  readonly customerId: string;
  readonly customerEmail: string;
  /** In the currency's minor unit. */
  readonly totalAmount: number;
  /** ISO 4217. */
  readonly currency: string;
  /** Empty for an order that is settled from the start. */
  readonly items: readonly ({
    readonly productId: string;
    readonly quantity: number;
  })[];
  /** 10 created, 20 confirmed, 25 being shipped, 80 delivered, 90 cancelled. */
  readonly status: number;
  readonly sagaId: string;
  readonly sagaStatus: string;
  /** Counts the order's changes, from 1. */
  readonly version: number;
}

/** An order was placed. Key: orderId. */
export interface OrderCreated {
  readonly orderId: string;
  /** Who ordered; null when a trusted service did. */
  readonly userId: null | number;
  /** The client's own label of its customer. */
  readonly customerId: string;
  readonly customerEmail: string;
  /** In the currency's minor unit. */
  readonly totalAmount: number;
  /** ISO 4217. */
  readonly currency: string;
  /** Empty for an order that is settled from the start. */
  readonly items: readonly ({
    readonly productId: string;
    readonly quantity: number;
  })[];
  /** 10 created, 20 confirmed, 25 being shipped, 80 delivered, 90 cancelled. */
  readonly status: number;
  readonly sagaId: string;
  readonly sagaStatus: string;
  /** Counts the order's changes, from 1. */
  readonly version: number;
}

/** An order went from 20 to 25 or from 25 to 80. Key: orderId. */
export interface OrderStatusChanged {
  readonly orderId: string;
  /** Who ordered; null when a trusted service did. */
  readonly userId: null | number;
  /** The client's own label of its customer. */
  readonly customerId: string;
  readonly customerEmail: string;
  /** In the currency's minor unit. */
  readonly totalAmount: number;
  /** ISO 4217. */
  readonly currency: string;
  /** Empty for an order that is settled from the start. */
  readonly items: readonly ({
    readonly productId: string;
    readonly quantity: number;
  })[];
  /** 10 created, 20 confirmed, 25 being shipped, 80 delivered, 90 cancelled. */
  readonly status: number;
  readonly sagaId: string;
  readonly sagaStatus: string;
  /** Counts the order's changes, from 1. */
  readonly version: number;
  readonly previousStatus: number;
  readonly currentStatus: number;
}

/** An order's amount was charged. No key: the order of all payments holds. */
export interface PaymentCompleted {
  readonly paymentId: string;
  readonly orderId: string;
  readonly sagaId: string;
  readonly userId: null | number;
  /** In the currency's minor unit. */
  readonly amount: number;
  readonly currency: string;
  /** Counts the payment's changes, from 1. */
  readonly version: number;
}

/** The provider declined; nothing was charged. No key. */
export interface PaymentFailed {
  readonly paymentId: string;
  readonly orderId: string;
  readonly sagaId: string;
  readonly userId: null | number;
  /** In the currency's minor unit. */
  readonly amount: number;
  readonly currency: string;
  readonly reason: string;
  /** Counts the payment's changes, from 1. */
  readonly version: number;
}

/** What was charged for a cancelled order was given back. No key. */
export interface PaymentRefunded {
  readonly paymentId: string;
  readonly orderId: string;
  readonly sagaId: string;
  readonly userId: null | number;
  /** In the currency's minor unit. */
  readonly amount: number;
  readonly currency: string;
  readonly reason: string;
  /** Counts the payment's changes, from 1. */
  readonly version: number;
}

/** A cancelled order was never charged, and will not be. No key. */
export interface PaymentVoided {
  readonly paymentId: string;
  readonly orderId: string;
  readonly sagaId: string;
  readonly userId: null | number;
  /** In the currency's minor unit. */
  readonly amount: number;
  readonly currency: string;
  readonly reason: string;
  /** Counts the payment's changes, from 1. */
  readonly version: number;
}

/** The author of a board could not pay for it; the board is taken back. Key: userId. */
export interface PointDeductionRejected {
  readonly userId: number;
  readonly boardId: number;
  /** Points that were asked for. */
  readonly amount: number;
  /** Points that were there. */
  readonly balance: number;
}

/** A product is for sale. Key: productId. */
export interface ProductCreated {
  readonly productId: string;
  readonly productName: string;
  /** In the currency's minor unit. */
  readonly price: number;
  /** ISO 4217. */
  readonly currency: string;
  readonly stockQuantity: number;
  /** Counts the product's changes, from 1. */
  readonly version: number;
}

/** Nothing is held for an order: an item is missing, or the amount is not the sum of its items. Key: orderId. */
export interface StockRejected {
  readonly orderId: string;
  readonly sagaId: string;
  readonly userId: null | number;
  readonly customerId: string;
  readonly items: readonly ({
    readonly productId: string;
    readonly quantity: number;
  })[];
  /** The order's total, in the currency's minor unit. */
  readonly amount: number;
  readonly currency: string;
  readonly reason: string;
  /** Counts the reservation's changes, from 1. */
  readonly version: number;
}

/** What was held or sold for a cancelled order is free again, if anything was. Key: orderId. */
export interface StockReleased {
  readonly orderId: string;
  readonly sagaId: string;
  readonly userId: null | number;
  readonly customerId: string;
  readonly items: readonly ({
    readonly productId: string;
    readonly quantity: number;
  })[];
  /** The order's total, in the currency's minor unit. */
  readonly amount: number;
  readonly currency: string;
  readonly reason: string;
  /** Counts the reservation's changes, from 1. */
  readonly version: number;
}

/** All items of an order are held for it. Key: orderId. */
export interface StockReserved {
  readonly orderId: string;
  readonly sagaId: string;
  readonly userId: null | number;
  readonly customerId: string;
  readonly items: readonly ({
    readonly productId: string;
    readonly quantity: number;
  })[];
  /** The order's total, in the currency's minor unit. */
  readonly amount: number;
  readonly currency: string;
  /** Counts the reservation's changes, from 1. */
  readonly version: number;
}

/** A user exists from now on. Key: userId. */
export interface UserSignedUp {
  readonly userId: number;
  readonly name: string;
  readonly email: string;
  /** Counts the user's profile changes, from 1. */
  readonly version: number;
}

/** A user's profile changed; the whole snapshot. Key: userId. */
export interface UserUpdated {
  readonly userId: number;
  readonly name: string;
  readonly email: string;
  /** Counts the user's profile changes, from 1. */
  readonly version: number;
}

/** Event type → payload. */
export interface EventPayloads {
  'board.created': BoardCreated;
  'order.cancelled': OrderCancelled;
  'order.confirmed': OrderConfirmed;
  'order.created': OrderCreated;
  'order.status-changed': OrderStatusChanged;
  'payment.completed': PaymentCompleted;
  'payment.failed': PaymentFailed;
  'payment.refunded': PaymentRefunded;
  'payment.voided': PaymentVoided;
  'point.deduction-rejected': PointDeductionRejected;
  'product.created': ProductCreated;
  'stock.rejected': StockRejected;
  'stock.released': StockReleased;
  'stock.reserved': StockReserved;
  'user.signed-up': UserSignedUp;
  'user.updated': UserUpdated;
}

export type EventType = keyof EventPayloads;

/** The Avro schemas that payloads are checked against when written and when read. */
export const eventSchemas: Readonly<Record<EventType, object>> = {
  "board.created": {
    "type": "record",
    "name": "BoardCreated",
    "namespace": "naru.board",
    "doc": "A board was written. Key: userId, so that one author's boards keep their order.",
    "fields": [
      {
        "name": "boardId",
        "type": "long"
      },
      {
        "name": "userId",
        "type": "long"
      },
      {
        "name": "title",
        "type": "string"
      },
      {
        "name": "version",
        "type": "int",
        "doc": "Counts the board's changes, from 1."
      }
    ]
  },
  "order.cancelled": {
    "type": "record",
    "name": "OrderCancelled",
    "namespace": "naru.order",
    "doc": "The order is given up: its stock is to be released and its payment to be taken back. Key: orderId.",
    "fields": [
      {
        "name": "orderId",
        "type": "string"
      },
      {
        "name": "userId",
        "type": [
          "null",
          "long"
        ],
        "doc": "Who ordered; null when a trusted service did."
      },
      {
        "name": "customerId",
        "type": "string",
        "doc": "The client's own label of its customer."
      },
      {
        "name": "customerEmail",
        "type": "string"
      },
      {
        "name": "totalAmount",
        "type": "long",
        "doc": "In the currency's minor unit."
      },
      {
        "name": "currency",
        "type": "string",
        "doc": "ISO 4217."
      },
      {
        "name": "items",
        "type": {
          "type": "array",
          "items": {
            "type": "record",
            "name": "OrderItem",
            "fields": [
              {
                "name": "productId",
                "type": "string"
              },
              {
                "name": "quantity",
                "type": "int"
              }
            ]
          }
        },
        "doc": "Empty for an order that is settled from the start."
      },
      {
        "name": "status",
        "type": "int",
        "doc": "10 created, 20 confirmed, 25 being shipped, 80 delivered, 90 cancelled."
      },
      {
        "name": "sagaId",
        "type": "string"
      },
      {
        "name": "sagaStatus",
        "type": "string"
      },
      {
        "name": "version",
        "type": "int",
        "doc": "Counts the order's changes, from 1."
      },
      {
        "name": "reason",
        "type": "string"
      }
    ]
  },
  "order.confirmed": {
    "type": "record",
    "name": "OrderConfirmed",
    "namespace": "naru.order",
    "doc": "The order is paid and its stock is sold. Key: orderId.",
    "fields": [
      {
        "name": "orderId",
        "type": "string"
      },
      {
        "name": "userId",
        "type": [
          "null",
          "long"
        ],
        "doc": "Who ordered; null when a trusted service did."
      },
      {
        "name": "customerId",
        "type": "string",
        "doc": "The client's own label of its customer."
      },
      {
        "name": "customerEmail",
        "type": "string"
      },
      {
        "name": "totalAmount",
        "type": "long",
        "doc": "In the currency's minor unit."
      },
      {
        "name": "currency",
        "type": "string",
        "doc": "ISO 4217."
      },
      {
        "name": "items",
        "type": {
          "type": "array",
          "items": {
            "type": "record",
            "name": "OrderItem",
            "fields": [
              {
                "name": "productId",
                "type": "string"
              },
              {
                "name": "quantity",
                "type": "int"
              }
            ]
          }
        },
        "doc": "Empty for an order that is settled from the start."
      },
      {
        "name": "status",
        "type": "int",
        "doc": "10 created, 20 confirmed, 25 being shipped, 80 delivered, 90 cancelled."
      },
      {
        "name": "sagaId",
        "type": "string"
      },
      {
        "name": "sagaStatus",
        "type": "string"
      },
      {
        "name": "version",
        "type": "int",
        "doc": "Counts the order's changes, from 1."
      }
    ]
  },
  "order.created": {
    "type": "record",
    "name": "OrderCreated",
    "namespace": "naru.order",
    "doc": "An order was placed. Key: orderId.",
    "fields": [
      {
        "name": "orderId",
        "type": "string"
      },
      {
        "name": "userId",
        "type": [
          "null",
          "long"
        ],
        "doc": "Who ordered; null when a trusted service did."
      },
      {
        "name": "customerId",
        "type": "string",
        "doc": "The client's own label of its customer."
      },
      {
        "name": "customerEmail",
        "type": "string"
      },
      {
        "name": "totalAmount",
        "type": "long",
        "doc": "In the currency's minor unit."
      },
      {
        "name": "currency",
        "type": "string",
        "doc": "ISO 4217."
      },
      {
        "name": "items",
        "type": {
          "type": "array",
          "items": {
            "type": "record",
            "name": "OrderItem",
            "fields": [
              {
                "name": "productId",
                "type": "string"
              },
              {
                "name": "quantity",
                "type": "int"
              }
            ]
          }
        },
        "doc": "Empty for an order that is settled from the start."
      },
      {
        "name": "status",
        "type": "int",
        "doc": "10 created, 20 confirmed, 25 being shipped, 80 delivered, 90 cancelled."
      },
      {
        "name": "sagaId",
        "type": "string"
      },
      {
        "name": "sagaStatus",
        "type": "string"
      },
      {
        "name": "version",
        "type": "int",
        "doc": "Counts the order's changes, from 1."
      }
    ]
  },
  "order.status-changed": {
    "type": "record",
    "name": "OrderStatusChanged",
    "namespace": "naru.order",
    "doc": "An order went from 20 to 25 or from 25 to 80. Key: orderId.",
    "fields": [
      {
        "name": "orderId",
        "type": "string"
      },
      {
        "name": "userId",
        "type": [
          "null",
          "long"
        ],
        "doc": "Who ordered; null when a trusted service did."
      },
      {
        "name": "customerId",
        "type": "string",
        "doc": "The client's own label of its customer."
      },
      {
        "name": "customerEmail",
        "type": "string"
      },
      {
        "name": "totalAmount",
        "type": "long",
        "doc": "In the currency's minor unit."
      },
      {
        "name": "currency",
        "type": "string",
        "doc": "ISO 4217."
      },
      {
        "name": "items",
        "type": {
          "type": "array",
          "items": {
            "type": "record",
            "name": "OrderItem",
            "fields": [
              {
                "name": "productId",
                "type": "string"
              },
              {
                "name": "quantity",
                "type": "int"
              }
            ]
          }
        },
        "doc": "Empty for an order that is settled from the start."
      },
      {
        "name": "status",
        "type": "int",
        "doc": "10 created, 20 confirmed, 25 being shipped, 80 delivered, 90 cancelled."
      },
      {
        "name": "sagaId",
        "type": "string"
      },
      {
        "name": "sagaStatus",
        "type": "string"
      },
      {
        "name": "version",
        "type": "int",
        "doc": "Counts the order's changes, from 1."
      },
      {
        "name": "previousStatus",
        "type": "int"
      },
      {
        "name": "currentStatus",
        "type": "int"
      }
    ]
  },
  "payment.completed": {
    "type": "record",
    "name": "PaymentCompleted",
    "namespace": "naru.payment",
    "doc": "An order's amount was charged. No key: the order of all payments holds.",
    "fields": [
      {
        "name": "paymentId",
        "type": "string"
      },
      {
        "name": "orderId",
        "type": "string"
      },
      {
        "name": "sagaId",
        "type": "string"
      },
      {
        "name": "userId",
        "type": [
          "null",
          "long"
        ]
      },
      {
        "name": "amount",
        "type": "long",
        "doc": "In the currency's minor unit."
      },
      {
        "name": "currency",
        "type": "string"
      },
      {
        "name": "version",
        "type": "int",
        "doc": "Counts the payment's changes, from 1."
      }
    ]
  },
  "payment.failed": {
    "type": "record",
    "name": "PaymentFailed",
    "namespace": "naru.payment",
    "doc": "The provider declined; nothing was charged. No key.",
    "fields": [
      {
        "name": "paymentId",
        "type": "string"
      },
      {
        "name": "orderId",
        "type": "string"
      },
      {
        "name": "sagaId",
        "type": "string"
      },
      {
        "name": "userId",
        "type": [
          "null",
          "long"
        ]
      },
      {
        "name": "amount",
        "type": "long",
        "doc": "In the currency's minor unit."
      },
      {
        "name": "currency",
        "type": "string"
      },
      {
        "name": "reason",
        "type": "string"
      },
      {
        "name": "version",
        "type": "int",
        "doc": "Counts the payment's changes, from 1."
      }
    ]
  },
  "payment.refunded": {
    "type": "record",
    "name": "PaymentRefunded",
    "namespace": "naru.payment",
    "doc": "What was charged for a cancelled order was given back. No key.",
    "fields": [
      {
        "name": "paymentId",
        "type": "string"
      },
      {
        "name": "orderId",
        "type": "string"
      },
      {
        "name": "sagaId",
        "type": "string"
      },
      {
        "name": "userId",
        "type": [
          "null",
          "long"
        ]
      },
      {
        "name": "amount",
        "type": "long",
        "doc": "In the currency's minor unit."
      },
      {
        "name": "currency",
        "type": "string"
      },
      {
        "name": "reason",
        "type": "string"
      },
      {
        "name": "version",
        "type": "int",
        "doc": "Counts the payment's changes, from 1."
      }
    ]
  },
  "payment.voided": {
    "type": "record",
    "name": "PaymentVoided",
    "namespace": "naru.payment",
    "doc": "A cancelled order was never charged, and will not be. No key.",
    "fields": [
      {
        "name": "paymentId",
        "type": "string"
      },
      {
        "name": "orderId",
        "type": "string"
      },
      {
        "name": "sagaId",
        "type": "string"
      },
      {
        "name": "userId",
        "type": [
          "null",
          "long"
        ]
      },
      {
        "name": "amount",
        "type": "long",
        "doc": "In the currency's minor unit."
      },
      {
        "name": "currency",
        "type": "string"
      },
      {
        "name": "reason",
        "type": "string"
      },
      {
        "name": "version",
        "type": "int",
        "doc": "Counts the payment's changes, from 1."
      }
    ]
  },
  "point.deduction-rejected": {
    "type": "record",
    "name": "PointDeductionRejected",
    "namespace": "naru.point",
    "doc": "The author of a board could not pay for it; the board is taken back. Key: userId.",
    "fields": [
      {
        "name": "userId",
        "type": "long"
      },
      {
        "name": "boardId",
        "type": "long"
      },
      {
        "name": "amount",
        "type": "long",
        "doc": "Points that were asked for."
      },
      {
        "name": "balance",
        "type": "long",
        "doc": "Points that were there."
      }
    ]
  },
  "product.created": {
    "type": "record",
    "name": "ProductCreated",
    "namespace": "naru.product",
    "doc": "A product is for sale. Key: productId.",
    "fields": [
      {
        "name": "productId",
        "type": "string"
      },
      {
        "name": "productName",
        "type": "string"
      },
      {
        "name": "price",
        "type": "long",
        "doc": "In the currency's minor unit."
      },
      {
        "name": "currency",
        "type": "string",
        "doc": "ISO 4217."
      },
      {
        "name": "stockQuantity",
        "type": "long"
      },
      {
        "name": "version",
        "type": "int",
        "doc": "Counts the product's changes, from 1."
      }
    ]
  },
  "stock.rejected": {
    "type": "record",
    "name": "StockRejected",
    "namespace": "naru.product",
    "doc": "Nothing is held for an order: an item is missing, or the amount is not the sum of its items. Key: orderId.",
    "fields": [
      {
        "name": "orderId",
        "type": "string"
      },
      {
        "name": "sagaId",
        "type": "string"
      },
      {
        "name": "userId",
        "type": [
          "null",
          "long"
        ]
      },
      {
        "name": "customerId",
        "type": "string"
      },
      {
        "name": "items",
        "type": {
          "type": "array",
          "items": {
            "type": "record",
            "name": "OrderItem",
            "fields": [
              {
                "name": "productId",
                "type": "string"
              },
              {
                "name": "quantity",
                "type": "int"
              }
            ]
          }
        }
      },
      {
        "name": "amount",
        "type": "long",
        "doc": "The order's total, in the currency's minor unit."
      },
      {
        "name": "currency",
        "type": "string"
      },
      {
        "name": "reason",
        "type": "string"
      },
      {
        "name": "version",
        "type": "int",
        "doc": "Counts the reservation's changes, from 1."
      }
    ]
  },
  "stock.released": {
    "type": "record",
    "name": "StockReleased",
    "namespace": "naru.product",
    "doc": "What was held or sold for a cancelled order is free again, if anything was. Key: orderId.",
    "fields": [
      {
        "name": "orderId",
        "type": "string"
      },
      {
        "name": "sagaId",
        "type": "string"
      },
      {
        "name": "userId",
        "type": [
          "null",
          "long"
        ]
      },
      {
        "name": "customerId",
        "type": "string"
      },
      {
        "name": "items",
        "type": {
          "type": "array",
          "items": {
            "type": "record",
            "name": "OrderItem",
            "fields": [
              {
                "name": "productId",
                "type": "string"
              },
              {
                "name": "quantity",
                "type": "int"
              }
            ]
          }
        }
      },
      {
        "name": "amount",
        "type": "long",
        "doc": "The order's total, in the currency's minor unit."
      },
      {
        "name": "currency",
        "type": "string"
      },
      {
        "name": "reason",
        "type": "string"
      },
      {
        "name": "version",
        "type": "int",
        "doc": "Counts the reservation's changes, from 1."
      }
    ]
  },
  "stock.reserved": {
    "type": "record",
    "name": "StockReserved",
    "namespace": "naru.product",
    "doc": "All items of an order are held for it. Key: orderId.",
    "fields": [
      {
        "name": "orderId",
        "type": "string"
      },
      {
        "name": "sagaId",
        "type": "string"
      },
      {
        "name": "userId",
        "type": [
          "null",
          "long"
        ]
      },
      {
        "name": "customerId",
        "type": "string"
      },
      {
        "name": "items",
        "type": {
          "type": "array",
          "items": {
            "type": "record",
            "name": "OrderItem",
            "fields": [
              {
                "name": "productId",
                "type": "string"
              },
              {
                "name": "quantity",
                "type": "int"
              }
            ]
          }
        }
      },
      {
        "name": "amount",
        "type": "long",
        "doc": "The order's total, in the currency's minor unit."
      },
      {
        "name": "currency",
        "type": "string"
      },
      {
        "name": "version",
        "type": "int",
        "doc": "Counts the reservation's changes, from 1."
      }
    ]
  },
  "user.signed-up": {
    "type": "record",
    "name": "UserSignedUp",
    "namespace": "naru.user",
    "doc": "A user exists from now on. Key: userId.",
    "fields": [
      {
        "name": "userId",
        "type": "long"
      },
      {
        "name": "name",
        "type": "string"
      },
      {
        "name": "email",
        "type": "string"
      },
      {
        "name": "version",
        "type": "int",
        "doc": "Counts the user's profile changes, from 1."
      }
    ]
  },
  "user.updated": {
    "type": "record",
    "name": "UserUpdated",
    "namespace": "naru.user",
    "doc": "A user's profile changed; the whole snapshot. Key: userId.",
    "fields": [
      {
        "name": "userId",
        "type": "long"
      },
      {
        "name": "name",
        "type": "string"
      },
      {
        "name": "email",
        "type": "string"
      },
      {
        "name": "version",
        "type": "int",
        "doc": "Counts the user's profile changes, from 1."
      }
    ]
  }
};
