import { createRedis, runMessagingService } from '@naru/kernel';
import { notificationRoutes } from './api';
import { notificationConfig } from './config';
import { orderNotifications } from './consumers';
import { createEventLease } from './event-lease';
import { migrations } from './migrations';
import { createLogSender } from './sender';

const config = notificationConfig();

void runMessagingService('notification', config, migrations, ({ database, log }) => {
  const redis = createRedis(config.REDIS_URL, (error) => log.warn({ error: error.message }, 'redis'));
  const lease = createEventLease(redis);
  const sender = createLogSender(log, config.NOTIFICATION_FAIL_PREFIX);
  const owner = config.INSTANCE ?? `notification-${process.pid}`;
  return {
    routes: notificationRoutes(database),
    handlers: [orderNotifications({ database, lease, sender, owner })],
    parts: [{ stop: async () => redis.disconnect() }],
  };
});
