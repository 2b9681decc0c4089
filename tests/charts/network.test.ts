import { calls, entrance, services, type ServiceName } from '@naru/contracts';
import { UMBRELLA } from '../../scripts/src/kubernetes/charts';
import { render, type Values } from './helm';
import { ofKind, podsOf, selects, type Labels, type PodTemplate, type Resource } from './resources';

interface Peer {
  readonly podSelector?: { readonly matchLabels?: Labels };
  readonly namespaceSelector?: { readonly matchLabels?: Labels };
}

interface Rule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports: readonly { readonly port: number }[];
}

const names = Object.keys(services) as ServiceName[];
let policies: readonly Resource[];
let pods: ReadonlyMap<string, PodTemplate>;

beforeAll(async () => {
  const resources = await render(UMBRELLA);
  policies = ofKind(resources, 'NetworkPolicy');
  pods = new Map(podsOf(resources).map((pod) => [pod.owner, pod]));
});

/** Whether one pod may connect to a port of another in the same namespace, by the policies of both. */
function mayConnect(from: PodTemplate, to: PodTemplate, port: number): boolean {
  return admits(from, 'egress', to, port) && admits(to, 'ingress', from, port);
}

function admits(
  pod: PodTemplate,
  direction: 'ingress' | 'egress',
  other: PodTemplate,
  port: number,
): boolean {
  const rules = policies
    .filter(({ spec }) => selects(spec.podSelector.matchLabels as Labels, pod.labels))
    .flatMap(({ spec }) => (spec[direction] ?? []) as Rule[]);
  return rules.some((rule) => {
    const peers = direction === 'ingress' ? rule.from : rule.to;
    const isPeer = peers?.some(
      ({ podSelector, namespaceSelector }) =>
        !namespaceSelector && selects(podSelector?.matchLabels, other.labels),
    );
    return (peers === undefined || isPeer) && rule.ports.some((allowed) => allowed.port === port);
  });
}

function deployment(service: ServiceName, role: string): PodTemplate {
  return pods.get(`Deployment ${service}-${role}`)!;
}

test.each(names)('%s can call whom topology.ts says, and nobody else', (caller) => {
  const reached = names.filter((callee) => {
    if (callee === caller) return false;
    return services[caller].roles.some((from) =>
      services[callee].roles.some((to) =>
        mayConnect(deployment(caller, from), deployment(callee, to), services[callee].port),
      ),
    );
  });
  // The entrance is open to all, so only the caller's own policy could keep it out.
  expect(reached.filter((callee) => callee !== entrance).sort()).toEqual([...(calls[caller] ?? [])].sort());
});

test('who calls a service reaches what serves, not its consumer', () => {
  const gateway = deployment('gateway', 'api');
  expect(mayConnect(gateway, deployment('user', 'api'), services.user.port)).toBe(true);
  expect(mayConnect(gateway, deployment('user', 'consumer'), services.user.port)).toBe(false);
});

test.each(names)("helm test's pod reaches %s and no other service", (service) => {
  const test = pods.get(`Pod ${service}-test`)!;
  const reached = names.filter((name) => {
    const serving = services[name].roles.includes('api') ? 'api' : 'consumer';
    return mayConnect(test, deployment(name, serving), services[name].port);
  });
  expect(reached).toEqual([service]);
});

test('only the entrance is open to everybody', () => {
  const open = policies.filter(({ spec }) =>
    ((spec.ingress ?? []) as Rule[]).some(({ from }) => from === undefined),
  );
  expect(open.map(({ metadata }) => metadata.name)).toEqual([`${entrance}-api`]);
});

describe('spans', () => {
  const receiver = { namespace: 'monitoring', port: 4318 };

  /** Services whose every pod may connect to the receiver, and is told of it. */
  async function tracing(values: Values): Promise<string[]> {
    const resources = await render(UMBRELLA, values);
    const rules = ofKind(resources, 'NetworkPolicy').map(({ metadata, spec }) => ({
      component: metadata.name,
      isOpen: ((spec.egress ?? []) as Rule[]).some(
        ({ to, ports }) =>
          ports.some(({ port }) => port === receiver.port) &&
          to?.some(
            ({ namespaceSelector }) =>
              namespaceSelector?.matchLabels?.['kubernetes.io/metadata.name'] === receiver.namespace,
          ),
      ),
    }));
    const maps = new Map(ofKind(resources, 'ConfigMap').map(({ metadata, data }) => [metadata.name, data]));
    return names.filter(
      (service) =>
        services[service].roles.every(
          (role) => rules.find(({ component }) => component === `${service}-${role}`)?.isOpen,
        ) && maps.get(service)?.['OTEL_EXPORTER_OTLP_ENDPOINT'] !== undefined,
    );
  }

  test('go nowhere by default, and the way there is closed', async () => {
    expect(await tracing({})).toEqual([]);
    const ports = policies.flatMap(({ spec }) =>
      ((spec.egress ?? []) as Rule[]).flatMap((rule) => rule.ports.map(({ port }) => port)),
    );
    expect(ports).not.toContain(receiver.port);
  });

  test('go from every pod to the receiver that the values name', async () => {
    expect(await tracing({ 'global.tracing.endpoint': 'http://collector.monitoring.svc:4318' })).toEqual(
      names,
    );
  });
});

test('whoever reads or writes events reaches the schema registry, where there is one', async () => {
  const toRegistry = async (values?: Values) =>
    ofKind(await render(UMBRELLA, values), 'NetworkPolicy')
      .filter(({ spec }) =>
        ((spec.egress ?? []) as Rule[]).some(({ to = [], ports }) =>
          to.some(
            ({ podSelector }) =>
              podSelector?.matchLabels?.['app.kubernetes.io/name'] === 'registry' && ports[0]?.port === 8080,
          ),
        ),
      )
      .map(({ metadata }) => metadata.name)
      .sort();
  const roles = names
    .filter((name) => services[name].database || services[name].isOperator)
    .flatMap((name) => services[name].roles.map((role) => `${name}-${role}`));
  expect(await toRegistry()).toEqual([]);
  expect(await toRegistry({ 'global.schemaRegistryUrl': 'http://registry:8080/apis/ccompat/v7' })).toEqual(
    roles.sort(),
  );
});
