import { runMessagingService } from '@naru/kernel';
import { v7 as uuidv7 } from 'uuid';
import { productRoutes } from './api';
import { productConfig } from './config';
import { productHandlers } from './consumers';
import { migrations } from './migrations';
import { productReplay } from './replay';

const config = productConfig();

void runMessagingService('product', config, migrations, (kernel) => ({
  routes: productRoutes({ ...kernel, newId: () => uuidv7() }),
  handlers: productHandlers(kernel.outbox),
  replay: productReplay,
}));
