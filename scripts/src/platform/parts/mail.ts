import { mkdirSync } from 'node:fs';

import { compiledFile } from '../paths';
import type { PartRecipe } from '../process/process-part';
import { plainEnvironment } from './plain-environment';
import type { MailCatcherOptions } from './mail-catcher';
import { firstAnswer } from './tcp-probe';

const READY_TIMEOUT_MS = 45_000;
const STOP_TIMEOUT_MS = 5_000;
const HEAP_MB = 192;

export interface MailContext {
  readonly smtpPort: number;
  readonly webPort: number;
  readonly directory: string;
  readonly faultsFile: string;
  readonly logFile: string;
}

/** How the mail catcher is run; mail survives its restart. */
export function mailRecipe(context: MailContext): PartRecipe {
  return {
    name: 'mail',
    ports: [context.smtpPort, context.webPort],
    logFile: context.logFile,
    readyTimeoutMs: READY_TIMEOUT_MS,
    stopTimeoutMs: STOP_TIMEOUT_MS,
    async command() {
      mkdirSync(context.directory, { recursive: true });
      const options: MailCatcherOptions = {
        smtpPort: context.smtpPort,
        webPort: context.webPort,
        mailDirectory: context.directory,
        faultsFile: context.faultsFile,
      };
      const script = compiledFile('platform', 'parts', 'mail-catcher.js');
      return {
        file: process.execPath,
        parameters: [`--max-old-space-size=${HEAP_MB}`, script, JSON.stringify(options)],
        environment: plainEnvironment(),
        workingDirectory: context.directory,
      };
    },
    async probe(signal) {
      const web = await fetch(`http://127.0.0.1:${context.webPort}/api/healthz`, { signal });
      return web.ok && (await firstAnswer(context.smtpPort, '', signal)).startsWith('220');
    },
  };
}
