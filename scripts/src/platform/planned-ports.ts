import type { ServiceName } from '@naru/contracts';

import { instancesOf } from './instances';
import { isPortFree, portHolder } from './port-probe';
import { portsFor } from './ports';
import { instanceName } from './service-environment';
import type { Infrastructure } from './types';

export interface PlannedPort {
  readonly part: string;
  readonly port: number;
}

export interface Plan {
  readonly portOffset: number;
  readonly parts: readonly Infrastructure[];
  readonly services: readonly ServiceName[];
  readonly brokers: number;
}

/** Every port that a platform is going to listen on. */
export function plannedPorts({ portOffset, parts, services, brokers }: Plan): PlannedPort[] {
  const ports = portsFor(portOffset);
  const ofBrokers = Array.from({ length: brokers }, (_, index) => [
    { part: `broker-${index + 1}`, port: ports.brokers[index]! },
    { part: `broker-${index + 1}`, port: ports.controllers[index]! },
  ]).flat();
  const byPart: Record<Infrastructure, PlannedPort[]> = {
    kafka: ofBrokers,
    database: [{ part: 'database', port: ports.database }],
    redis: [{ part: 'redis', port: ports.redis }],
    mail: [
      { part: 'mail', port: ports.smtp },
      { part: 'mail', port: ports.mailWeb },
    ],
    prometheus: [{ part: 'prometheus', port: ports.prometheus }],
    registry: [
      { part: 'registry', port: ports.registry },
      { part: 'registry', port: ports.registryHealth },
    ],
  };
  const ofServices = instancesOf(services).map(({ service, instance }) => ({
    part: instanceName(service, instance),
    port: ports.service(service, instance),
  }));
  return [...parts.flatMap((part) => byPart[part]), ...ofServices];
}

/** What is in the way of a plan, one sentence for each port that is taken. */
export async function portConflicts(plan: Plan): Promise<string[]> {
  const conflicts: string[] = [];
  for (const { part, port } of plannedPorts(plan)) {
    if (await isPortFree(port)) continue;
    conflicts.push(`port ${port}, of ${part}, is taken by ${portHolder(port) ?? 'another process'}`);
  }
  return conflicts;
}
