import { services, type ServiceName } from '@naru/contracts';
import { chartNames, UMBRELLA } from '../../scripts/src/kubernetes/charts';
import { lint, render } from './helm';
import { servicePolicies } from './policies';
import { violationsOf } from './policy';
import { containersOf, nameOf, ofKind, podsOf, type Resource } from './resources';
import { kubernetesVersions, schemaCheck } from './schema-check';
import { serviceValueSets, valueSets } from './value-sets';

const schemaChecks = kubernetesVersions.map(schemaCheck);

describe.each(chartNames)('chart %s', (chart) => {
  const sets = chart === UMBRELLA ? valueSets : serviceValueSets;

  test('has nothing that helm lint minds', async () => {
    await expect(lint(chart)).resolves.toContain('0 chart(s) failed');
  });

  test.each(Object.entries(sets))(
    '%s: is what Kubernetes takes, and what we ask of it',
    async (_, values) => {
      const resources = await render(chart, values);
      for (const check of schemaChecks) expect(resources.flatMap(check)).toEqual([]);
      expect(violationsOf(servicePolicies, resources)).toEqual([]);
      expect(new Set(resources.map(nameOf)).size).toBe(resources.length);
    },
  );
});

describe('values', () => {
  const images = (resources: readonly Resource[]) =>
    podsOf(ofKind(resources, 'Deployment')).flatMap(({ spec }) =>
      containersOf(spec).map(({ image }) => image),
    );

  test('registry, tag and digest make the image', async () => {
    const registry = { 'global.image.registry': 'registry.example.com/naru', 'global.image.tag': '1.4.2' };
    const digest = serviceValueSets['an image by digest']!;
    expect(new Set(images(await render('point', registry)))).toEqual(
      new Set(['registry.example.com/naru/naru/point:1.4.2']),
    );
    expect(new Set(images(await render('point', digest)))).toEqual(
      new Set([`naru/point:0.1.0@${digest['image.digest']}`]),
    );
  });

  test('without KEDA a consumer has the replicas that are set, and nothing of KEDA is left', async () => {
    const resources = await render(UMBRELLA, { 'global.keda.enabled': false });
    const replicas = Object.fromEntries(
      ofKind(resources, 'Deployment').map(({ metadata, spec }) => [metadata.name, spec.replicas]),
    );
    expect(replicas).toMatchObject({ 'email-consumer': 3, 'point-consumer': 1 });
    expect(resources.filter(({ apiVersion }) => apiVersion.startsWith('keda.sh'))).toEqual([]);
  });

  test('monitoring watches every service', async () => {
    const monitors = ofKind(await render(UMBRELLA, { 'global.monitoring.enabled': true }), 'PodMonitor');
    expect(monitors.map(({ metadata }) => metadata.name).sort()).toEqual(Object.keys(services).sort());
  });

  test('a service that is not enabled is not there, and the others are', async () => {
    const resources = await render(UMBRELLA, { 'payment.enabled': false });
    const names = ofKind(resources, 'Service').map(({ metadata }) => metadata.name);
    expect(names.sort()).toEqual(
      Object.keys(services)
        .filter((name) => name !== 'payment')
        .sort(),
    );
  });

  test.each(Object.keys(services) as ServiceName[])(
    '%s has a Deployment for each of its roles',
    async (service) => {
      const names = ofKind(await render(service), 'Deployment').map(({ metadata }) => metadata.name);
      expect(names).toEqual(services[service].roles.map((role) => `${service}-${role}`));
    },
  );

  test('the console may see and delete pods only where chaos is enabled', async () => {
    const quiet = await render('console');
    expect(ofKind(quiet, 'Role')).toEqual([]);
    const [quietPod] = podsOf(ofKind(quiet, 'Deployment'));
    expect(quietPod?.spec.automountServiceAccountToken).toBe(false);

    const resources = await render('console', { 'chaos.enabled': true });
    const [role] = ofKind(resources, 'Role');
    expect((role as { rules?: unknown } | undefined)?.rules).toEqual([
      { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'delete'] },
    ]);
    const [pod] = podsOf(ofKind(resources, 'Deployment'));
    expect(pod?.spec.automountServiceAccountToken).toBe(true);
    const names = pod?.spec.containers.flatMap(({ env = [] }) => env.map(({ name }) => name));
    expect(names).toEqual(expect.arrayContaining(['CHAOS_NAMESPACE', 'OPERATOR_TOKEN', 'USER_DATABASE_URL']));
  });
});
