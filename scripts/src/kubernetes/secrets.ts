import { services, type ServiceName } from '@naru/contracts';

import { databaseName, servicesWithDatabase } from '../platform/service-environment';
import { makeJwtKeys } from '../platform/jwt-keys';
import { randomHex } from '../platform/secrets';
import { NAMESPACE, type Cluster } from './cluster';

const PASSWORD_BYTES = 24;
const HMAC_SECRET_BYTES = 32;
const OPERATOR_TOKEN_BYTES = 24;
const OPERATOR = 'naru_operator';

const operators = (Object.keys(services) as ServiceName[]).filter((name) => services[name].isOperator);

/** A Secret by its name, and what to put into it if it is not there. */
export interface SecretRecipe {
  readonly name: string;
  /** Where it is read; Naru's own namespace without it. */
  readonly namespace?: string;
  make(): Promise<Record<string, string>> | Record<string, string>;
}

/**
 * Every Secret that Naru and its data stores read, except those of Strimzi's users, which its operator makes.
 * @param mysqlPerService whether each service has a server of its own
 */
export function secretRecipes(mysqlPerService: boolean): SecretRecipe[] {
  const hostOf = (service: string) => (mysqlPerService ? `mysql-${service}` : 'mysql');
  const password = () => ({ password: randomHex(PASSWORD_BYTES) });
  const servers = mysqlPerService ? servicesWithDatabase.map(hostOf) : ['mysql'];
  return [
    ...servers.map((server) => ({ name: `${server}-root`, make: password })),
    ...servicesWithDatabase.flatMap((service) => [
      {
        name: `${service}-database`,
        make: () => databaseSecret(databaseName(service), hostOf(service), `/${databaseName(service)}`),
      },
      { name: `${service}-hmac`, make: () => ({ secret: randomHex(HMAC_SECRET_BYTES) }) },
    ]),
    // The commands put the service's name for {service}, and its database behind.
    { name: 'naru-operator-database', make: () => databaseSecret(OPERATOR, hostOf('{service}'), '') },
    ...operators.map((service) => ({
      name: `${service}-operator`,
      make: () => ({ token: randomHex(OPERATOR_TOKEN_BYTES) }),
    })),
    { name: 'redis', make: () => redisSecret() },
    { name: 'user-jwt-keys', make: async () => ({ 'jwt-keys.json': await makeJwtKeys() }) },
  ];
}

/** Without it Grafana's chart would take a password that everybody knows. */
export const grafanaSecret: SecretRecipe = {
  name: 'grafana-admin',
  namespace: 'monitoring',
  make: () => ({ user: 'admin', password: randomHex(PASSWORD_BYTES) }),
};

function databaseSecret(account: string, host: string, path: string): Record<string, string> {
  const password = randomHex(PASSWORD_BYTES);
  return { url: `mysql://${account}:${password}@${host}:3306${path}`, password };
}

function redisSecret(): Record<string, string> {
  const password = randomHex(PASSWORD_BYTES);
  return { url: `redis://:${password}@redis:6379`, password };
}

/** Makes the Secrets that are not there yet; the others stay as they are. @returns the names of the new ones */
export async function makeSecrets(cluster: Cluster, recipes: readonly SecretRecipe[]): Promise<string[]> {
  const made: string[] = [];
  for (const { name, namespace = NAMESPACE, make } of recipes) {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace } };
    if ((await cluster.read(secret)) !== undefined) continue;
    const labels = { 'app.kubernetes.io/part-of': 'naru' };
    const metadata = { ...secret.metadata, labels };
    if (await cluster.create({ ...secret, metadata, type: 'Opaque', stringData: await make() }))
      made.push(name);
  }
  return made;
}
