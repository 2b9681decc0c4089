import type { Policy } from './policy';
import { containersOf, nameOf, ofKind, podsOf, selects, type Labels, type Resource } from './resources';

/** Resources that refer to each other must find each other. */
export const wiringPolicies: readonly Policy[] = [
  {
    name: 'selectors',
    violations: (resources) =>
      ofKind(resources, 'Deployment').flatMap((deployment) => {
        const [pod] = podsOf([deployment]);
        const matchLabels = deployment.spec.selector?.matchLabels as Labels | undefined;
        return pod && matchLabels && selects(matchLabels, pod.labels)
          ? []
          : [`${nameOf(deployment)} does not select its own pods`];
      }),
  },
  {
    name: 'services lead to one Deployment',
    violations: (resources) =>
      ofKind(resources, 'Service').flatMap((service) => {
        const pods = podsOf(resources).filter(({ labels }) =>
          selects(service.spec.selector as Labels, labels),
        );
        if (pods.length !== 1) return [`${nameOf(service)} selects ${pods.length}`];
        const offered = pods[0]!.spec.containers.flatMap(({ ports = [] }) => ports.map(({ name }) => name));
        const missing = (service.spec.ports as { targetPort: string }[]).filter(
          ({ targetPort }) => !offered.includes(targetPort),
        );
        return missing.map(({ targetPort }) => `${nameOf(service)}: no container has the port ${targetPort}`);
      }),
  },
  eachDeploymentHas(
    'disruption budget',
    'PodDisruptionBudget',
    ({ spec }) => spec.selector.matchLabels as Labels,
  ),
  {
    name: 'network policy',
    violations: (resources) =>
      podsOf(resources).flatMap(({ owner, labels }) => {
        const policies = ofKind(resources, 'NetworkPolicy').filter(({ spec }) =>
          selects(spec.podSelector.matchLabels as Labels, labels),
        );
        return ['Ingress', 'Egress']
          .filter(
            (direction) => !policies.some(({ spec }) => (spec.policyTypes as string[]).includes(direction)),
          )
          .map((direction) => `${owner} has no policy for ${direction}`);
      }),
  },
  {
    name: 'configuration is there',
    violations: (resources) => {
      const maps = ofKind(resources, 'ConfigMap').map(({ metadata }) => metadata.name);
      return podsOf(resources).flatMap(({ owner, spec }) =>
        containersOf(spec)
          .flatMap(({ envFrom = [] }) => envFrom.map(({ configMapRef }) => configMapRef?.name ?? ''))
          .filter((name) => !maps.includes(name))
          .map((name) => `${owner}: there is no ConfigMap ${name}`),
      );
    },
  },
  {
    name: 'no secret in a chart',
    violations: (resources) => [
      ...ofKind(resources, 'Secret').map(nameOf),
      ...ofKind(resources, 'ConfigMap').flatMap(({ metadata, data = {} }) =>
        Object.keys(data)
          .filter((key) => /PASSWORD|SECRET|TOKEN$/.test(key))
          .map((key) => `ConfigMap ${metadata.name} has ${key}`),
      ),
    ],
  },
];

function eachDeploymentHas(name: string, kind: string, selector: (resource: Resource) => Labels): Policy {
  return {
    name,
    violations: (resources) =>
      podsOf(ofKind(resources, 'Deployment'))
        .filter(({ labels }) => !ofKind(resources, kind).some((found) => selects(selector(found), labels)))
        .map(({ owner }) => `${owner} has none`),
  };
}
