import { services as declaredServices, type ServiceName } from '@naru/contracts';

/** Further instances of a service listen this much higher each. */
const INSTANCE_STEP = 100;
export const INSTANCES_MAX = 3;

const BROKERS = [19092, 29092, 39092] as const;
// The third broker's own port is one that the system may give to an outgoing connection at any time, which keeps
// a broker from starting again. Under the load of tests that happens, so that with an offset it is further down.
const BROKERS_WITH_OFFSET = [19092, 29092, 24092] as const;
// 9000 is where the second gateway of another offset would be.
const CONSOLE_WITH_OFFSET = 9050;
const DATABASE = 13306;
const REDIS = 16379;
const SMTP = 1025;
const MAIL_WEB = 1080;
const PROMETHEUS = 9090;
const REGISTRY = 18081;
const REGISTRY_HEALTH = 18082;

export interface PlatformPorts {
  readonly brokers: readonly number[];
  readonly controllers: readonly number[];
  readonly database: number;
  readonly redis: number;
  readonly smtp: number;
  readonly mailWeb: number;
  readonly prometheus: number;
  readonly registry: number;
  readonly registryHealth: number;
  service(name: ServiceName, instance?: number): number;
}

/** Every port of the platform with this offset; all of them are bound on 127.0.0.1 only. A controller's is next to its broker's. */
export function portsFor(offset: number): PlatformPorts {
  const brokers = (offset === 0 ? BROKERS : BROKERS_WITH_OFFSET).map((port) => port + offset);
  return {
    brokers,
    controllers: brokers.map((port) => port + 1),
    database: DATABASE + offset,
    redis: REDIS + offset,
    smtp: SMTP + offset,
    mailWeb: MAIL_WEB + offset,
    prometheus: PROMETHEUS + offset,
    registry: REGISTRY + offset,
    registryHealth: REGISTRY_HEALTH + offset,
    service(name, instance = 1) {
      if (!(instance >= 1 && instance <= INSTANCES_MAX)) {
        throw new RangeError(`instance ${instance} of ${name}: 1 to ${INSTANCES_MAX}`);
      }
      const first = offset !== 0 && name === 'console' ? CONSOLE_WITH_OFFSET : declaredServices[name].port;
      return first + INSTANCE_STEP * (instance - 1) + offset;
    },
  };
}

/** A flat list of all ports, for finding an offset at which none is taken. */
export function everyPort(offset: number): number[] {
  const ports = portsFor(offset);
  const names = Object.keys(declaredServices) as ServiceName[];
  const instances = Array.from({ length: INSTANCES_MAX }, (_, index) => index + 1);
  return [
    ...ports.brokers,
    ...ports.controllers,
    ports.database,
    ports.redis,
    ports.smtp,
    ports.mailWeb,
    ports.prometheus,
    ports.registry,
    ports.registryHealth,
    ...names.flatMap((name) =>
      // There is one console.
      (declaredServices[name].isOperator ? [1] : instances).map((instance) => ports.service(name, instance)),
    ),
  ];
}
