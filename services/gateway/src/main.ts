import { runService } from '@naru/kernel';
import { gatewayConfig } from './config';
import { composeGateway } from './gateway';

const config = gatewayConfig();

void runService('gateway', config, (kernel) => composeGateway(config, kernel.log));
