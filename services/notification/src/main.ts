import { createRedis, runMessagingService } from '@naru/kernel';
import { notificationRoutes } from './api';
import { notificationConfig } from './config';
import { orderNotifications } from './consumers';
import { createEventLease } from './event-lease';
import { migrations } from './migrations';
import { createCapturingSender, soleLease } from './replay';
import { createLogSender } from './sender';

const config = notificationConfig();

void runMessagingService('notification', config, migrations, ({ database, log, shadow }) => {
  const owner = config.INSTANCE ?? `notification-${process.pid}`;
  const failPrefix = config.NOTIFICATION_FAIL_PREFIX;
  if (shadow) {
    const sender = createCapturingSender(shadow, failPrefix);
    return { routes: [], handlers: [orderNotifications({ database, lease: soleLease, sender, owner })] };
  }
  const redis = createRedis(config.REDIS_URL, (error) => log.warn({ error: error.message }, 'redis'));
  const lease = createEventLease(redis);
  const sender = createLogSender(log, failPrefix);
  return {
    routes: notificationRoutes(database),
    handlers: [orderNotifications({ database, lease, sender, owner })],
    parts: [{ stop: async () => redis.disconnect() }],
  };
});
