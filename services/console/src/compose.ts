import { kafkaAccess, type HttpAssembly, type Kernel } from '@naru/kernel';
import { openConnections } from '@naru/operations';
import { v7 as uuidv7 } from 'uuid';
import { apiRoutes } from './api';
import { createAuditor } from './audit/auditor';
import { createClusterChaos } from './chaos/cluster';
import { createLocalChaos } from './chaos/local';
import { chaosRoutes } from './chaos/routes';
import type { ConsoleConfig } from './config';
import { createGuard, createTokenCheck } from './http/guard';
import { pageRoutes } from './http/page';
import { createStream } from './http/stream';
import { createInstancesReader, parseInstanceUrls } from './instances';
import { registerMetrics } from './metrics';
import { createWatch } from './watch';

/** Puts the console together. It is ready whoever is down: that is when it is looked at. */
export function composeConsole(config: ConsoleConfig, { metrics }: Kernel): HttpAssembly {
  const guard = createGuard(config.CONSOLE_HOSTS.split(',').filter((host) => host !== ''));
  const access = kafkaAccess(config);
  const connections = openConnections(
    {
      kafka: () => access,
      databaseUrl: (service) => config.databaseUrls.get(service) as string,
      schemaRegistryUrl: () => config.SCHEMA_REGISTRY_URL,
    },
    'console',
  );
  const watch = createWatch(connections, createInstancesReader(parseInstanceUrls(config.INSTANCE_URLS)));
  const stream = createStream(watch);
  registerMetrics(metrics, watch.readings, config.KAFKA_EXPORTER_METRICS);
  const auditor = createAuditor({
    kafka: access,
    databaseUrls: Object.fromEntries(config.databaseUrls),
    mailWebUrl: config.MAIL_WEB_URL,
    schemaRegistryUrl: config.SCHEMA_REGISTRY_URL,
  });
  const checkToken = createTokenCheck(config.OPERATOR_TOKEN);
  const routes = [
    ...apiRoutes({ watch, auditor, connections, checkToken, newId: () => uuidv7() }),
    ...chaosRoutes(chaosPort(config), checkToken),
    stream.route,
    ...pageRoutes(),
  ];
  return {
    routes: routes.map(guard),
    parts: [
      {
        drain: () => stream.close(),
        async stop() {
          watch.stop();
          auditor.stop();
          await connections.close();
        },
      },
    ],
  };
}

function chaosPort({ CONTROL_SOCKET, CHAOS_NAMESPACE }: ConsoleConfig) {
  if (CONTROL_SOCKET !== undefined) return createLocalChaos(CONTROL_SOCKET);
  return CHAOS_NAMESPACE === undefined ? undefined : createClusterChaos(CHAOS_NAMESPACE);
}
