import { PermanentError, type Log } from '@naru/kernel';
import { isMadeToFail, type NotifiedType } from './domain/notification';

/** One notification, with the record that it comes from. */
export interface Notification {
  readonly eventId: string;
  readonly type: NotifiedType;
  readonly orderId: string;
  readonly customerId: string;
  readonly recipient: string;
  readonly text: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
}

/** The way out to a customer. */
export interface NotificationSender {
  /**
   * Once the signal aborts, nothing is sent any more.
   * @throws PermanentError when this one is refused, InfrastructureError when the way is closed at the moment
   */
  send(notification: Notification, signal: AbortSignal): Promise<void>;
}

/** Name of the dependency in logs and metrics. */
export const SENDER = 'notification-sender';

/** Sends by writing one line to the service's log. @param failPrefix customers whose notifications are refused */
export function createLogSender(log: Log, failPrefix: string): NotificationSender {
  return createSender(failPrefix, (notification) => log.info(notification, 'NOTIFICATION SENT'));
}

export function createSender(
  failPrefix: string,
  deliver: (notification: Notification) => void,
): NotificationSender {
  return {
    async send(notification) {
      const { customerId } = notification;
      if (isMadeToFail(customerId, failPrefix)) {
        throw new PermanentError('notification-refused', `notifications of ${customerId} are made to fail`);
      }
      deliver(notification);
    },
  };
}
