import { runMessagingService } from '@naru/kernel';
import { composePayment } from './compose';
import { paymentConfig } from './config';
import { migrations } from './migrations';

const config = paymentConfig();

void runMessagingService('payment', config, migrations, (kernel) => composePayment(config, kernel));
