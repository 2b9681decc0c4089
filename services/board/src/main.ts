import { runMessagingService } from '@naru/kernel';
import { boardRoutes } from './api';
import { boardConfig } from './config';
import { boardHandlers } from './consumers';
import { migrations } from './migrations';
import { boardReplay } from './replay';

const config = boardConfig();

void runMessagingService('board', config, migrations, (kernel) => ({
  routes: boardRoutes(kernel),
  handlers: boardHandlers(),
  replay: boardReplay,
}));
