import { services, type ServiceName } from '@naru/contracts';
import { UMBRELLA } from '../../scripts/src/kubernetes/charts';
import { boardConfig } from '../../services/board/src/config';
import { consoleConfig } from '../../services/console/src/config';
import { catalogConfig } from '../../services/catalog/src/config';
import { emailConfig } from '../../services/email/src/config';
import { gatewayConfig } from '../../services/gateway/src/config';
import { notificationConfig } from '../../services/notification/src/config';
import { orderConfig } from '../../services/order/src/config';
import { paymentConfig } from '../../services/payment/src/config';
import { pointConfig } from '../../services/point/src/config';
import { productConfig } from '../../services/product/src/config';
import { userConfig } from '../../services/user/src/config';
import { render } from './helm';
import { containersOf, ofKind, podsOf, type Container, type Resource } from './resources';

type ReadConfig = (environment?: NodeJS.ProcessEnv) => unknown;

/** What Secrets hold, by name and key. */
const secrets: Readonly<Record<string, string>> = {
  url: 'mysql://account:word@mysql:3306/database',
  'redis url': 'redis://:word@redis:6379',
  secret: '0123456789abcdef'.repeat(4),
  password: 'word',
  token: '0123456789abcdef',
};

const configs: Readonly<Record<ServiceName, ReadConfig>> = {
  gateway: gatewayConfig,
  user: userConfig,
  board: boardConfig,
  point: pointConfig,
  email: emailConfig,
  order: orderConfig,
  product: productConfig,
  payment: paymentConfig,
  catalog: catalogConfig,
  notification: notificationConfig,
  console: consoleConfig,
};
const names = Object.keys(services) as ServiceName[];
const environment = process.env;
afterEach(() => {
  process.env = environment;
});

test.each(names)(
  '%s can read the settings that its chart gives to each of its containers',
  async (service) => {
    const resources = await render(service);
    for (const { spec } of podsOf(ofKind(resources, 'Deployment')))
      for (const container of containersOf(spec)) {
        const given = environmentOf(container, resources);
        process.env = given;
        expect(configs[service](given)).toMatchObject({ HTTP_PORT: services[service].port });
      }
  },
);

test.each(names.filter((name) => services[name].database))(
  '%s is told to write Avro, and where its schemas are',
  async (service) => {
    const url = 'http://registry:8080/apis/ccompat/v7';
    const avro = { 'global.eventEncoding': 'avro', 'global.schemaRegistryUrl': url };
    const resources = await render(service, avro);
    const containers = podsOf(ofKind(resources, 'Deployment')).flatMap(({ spec }) => containersOf(spec));
    expect(containers.length).toBeGreaterThan(0);
    for (const container of containers) {
      const given = environmentOf(container, resources);
      process.env = given;
      expect(configs[service](given)).toMatchObject({ EVENT_ENCODING: 'avro', SCHEMA_REGISTRY_URL: url });
    }
  },
);

test('Avro without a registry is refused before anything is installed', async () => {
  await expect(render('board', { 'global.eventEncoding': 'avro' })).rejects.toThrow(/schemaRegistryUrl/);
  await expect(render(UMBRELLA, { 'global.eventEncoding': 'avro' })).rejects.toThrow(/schemaRegistryUrl/);
});

test.each(names)('%s finds its port, its probes and its Service alike', async (service) => {
  const resources = await render(service);
  const ports = podsOf(ofKind(resources, 'Deployment')).flatMap(({ spec }) =>
    spec.containers.flatMap(({ ports: open = [] }) => open.map(({ containerPort }) => containerPort)),
  );
  const [address] = ofKind(resources, 'Service');
  expect(new Set([...ports, address?.spec.ports[0].port])).toEqual(new Set([services[service].port]));
});

function environmentOf(
  { env = [], envFrom = [] }: Container,
  resources: readonly Resource[],
): NodeJS.ProcessEnv {
  const maps = envFrom.map(({ configMapRef }) =>
    ofKind(resources, 'ConfigMap').find(({ metadata }) => metadata.name === configMapRef?.name),
  );
  const own = env.map(({ name, value, valueFrom }) => {
    const { name: secret = '', key = '' } = valueFrom?.secretKeyRef ?? {};
    return [name, value ?? secrets[`${secret} ${key}`] ?? secrets[key] ?? 'pod-1'] as const;
  });
  return {
    ...Object.assign({}, ...maps.map((map) => map?.data)),
    ...Object.fromEntries(own),
  } as NodeJS.ProcessEnv;
}
