import { consumerGroup, topics } from '@naru/contracts';
import type { MessagingAssembly, MessagingKernel } from '@naru/kernel';
import { catalogRoutes } from './api';
import type { CatalogConfig } from './config';
import { catalogHandlers } from './consumers';
import { createCatalogMetrics } from './metrics';
import { applyAll } from './replay';
import { createScheduler } from './scheduler';
import { createUpkeep } from './upkeep';

/** Puts the catalogue together: whoever listens also applies what was heard. */
export function composeCatalog(config: CatalogConfig, kernel: MessagingKernel): MessagingAssembly {
  const { database, outbox, codec, log } = kernel;
  const metrics = createCatalogMetrics(kernel.metrics);
  const applying = { database, outbox, codec, topics, group: consumerGroup('catalog') };
  const work = [
    createScheduler({ ...applying, log, metrics }),
    createUpkeep({ database, log, metrics, retention_s: config.HEARD_RETENTION_S }),
  ];
  return {
    routes: catalogRoutes(database),
    handlers: catalogHandlers(),
    parts: config.ROLES.split(',').includes('consumer') ? work : [],
    replay: { settle: () => applyAll(applying) },
  };
}
