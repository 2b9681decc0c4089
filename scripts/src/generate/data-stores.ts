import { services, type ServiceName } from '@naru/contracts';
import { yamlFile } from './yaml-file';

const names = Object.keys(services) as ServiceName[];

/** `k8s/data-stores/topology.yaml`: which services each store is for, and so who may reach it. */
export function storesTopology(): string {
  const users = (what: 'redis' | 'smtp') => names.filter((name) => services[name].uses.includes(what));
  const mysql = names.filter((name) => services[name].database);
  const registry = names.filter((name) => services[name].database || services[name].isOperator);
  const operators = names.filter((name) => services[name].isOperator);
  return yamlFile([{ mysql, redis: users('redis'), smtp: users('smtp'), registry, operators }]);
}
