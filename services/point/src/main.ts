import { randomUUID } from 'node:crypto';
import { runMessagingService } from '@naru/kernel';
import { pointRoutes } from './api';
import { pointConfig } from './config';
import { pointHandlers } from './consumers';
import { migrations } from './migrations';

const config = pointConfig();

void runMessagingService('point', config, migrations, (kernel) => ({
  routes: pointRoutes({ ...kernel, newKey: randomUUID }),
  handlers: pointHandlers(kernel.outbox),
  replay: { caveats: ['points that were added or deducted by request leave no event and are not replayed'] },
}));
