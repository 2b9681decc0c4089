import { runMessagingService } from '@naru/kernel';
import { v7 as uuidv7 } from 'uuid';
import { orderRoutes } from './api';
import { orderConfig } from './config';
import { orderHandlers } from './consumers';
import { createDeadlines } from './deadlines';
import { createOrderMetrics } from './metrics';
import { migrations } from './migrations';
import { orderReplay } from './replay';
import { createSagas } from './sagas';

const config = orderConfig();

void runMessagingService('order', config, migrations, ({ database, outbox, log, ...kernel }) => {
  const metrics = createOrderMetrics(kernel.metrics);
  const sagas = createSagas({ outbox, metrics, newId: uuidv7, deadline_s: config.SAGA_DEADLINE_S });
  return {
    routes: orderRoutes({ database, sagas }),
    handlers: orderHandlers(sagas),
    parts: [createDeadlines({ database, sagas, metrics, log })],
    replay: orderReplay(sagas),
  };
});
