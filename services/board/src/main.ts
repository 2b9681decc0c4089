import { runMessagingService } from '@naru/kernel';
import { boardRoutes } from './api';
import { boardConfig } from './config';
import { boardHandlers } from './consumers';
import { migrations } from './migrations';

const config = boardConfig();

void runMessagingService('board', config, migrations, (kernel) => ({
  routes: boardRoutes(kernel),
  handlers: boardHandlers(),
}));
