import { runService } from '@naru/kernel';
import { composeConsole } from './compose';
import { consoleConfig } from './config';

const config = consoleConfig();

void runService('console', config, (kernel) => composeConsole(config, kernel));
