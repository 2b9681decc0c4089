import { runMessagingService } from '@naru/kernel';
import { composeCatalog } from './compose';
import { catalogConfig } from './config';
import { migrations } from './migrations';

const config = catalogConfig();

void runMessagingService('catalog', config, migrations, (kernel) => composeCatalog(config, kernel));
