import { runMessagingService } from '@naru/kernel';
import { composeUser } from './compose';
import { userConfig } from './config';
import { migrations } from './migrations';

const config = userConfig();

void runMessagingService('user', config, migrations, (kernel) => composeUser(config, kernel));
