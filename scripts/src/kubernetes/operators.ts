import { join } from 'node:path';

import { repositoryDirectory } from '../platform';
import { runCommand } from '../platform/fetch/run-command';
import { observed } from '../platform/stages';
import type { Report } from '../platform/supervisor';
import type { Cluster } from './cluster';
import { grafanaSecret, makeSecrets } from './secrets';

const LIMIT_S = 600;

/** An operator that Naru needs, and the chart that it comes as. */
interface Operator {
  readonly name: string;
  readonly namespace: string;
  /** A kind of object that is there once it is installed, however it was. */
  readonly definition: string;
  readonly chart: string;
  readonly repository: string;
  readonly version: string;
  /** In k8s/. */
  readonly values: string;
}

const required: readonly Operator[] = [
  {
    name: 'strimzi',
    namespace: 'strimzi',
    definition: 'kafkas.kafka.strimzi.io',
    chart: 'strimzi-kafka-operator',
    repository: 'https://strimzi.io/charts',
    version: '1.2.0',
    values: 'values-strimzi.yaml',
  },
  {
    name: 'keda',
    namespace: 'keda',
    definition: 'scaledobjects.keda.sh',
    chart: 'keda',
    repository: 'https://kedacore.github.io/charts',
    version: '2.18.0',
    values: 'values-keda.yaml',
  },
];

const prometheus: Operator = {
  name: 'kube-prometheus-stack',
  namespace: 'monitoring',
  definition: 'prometheuses.monitoring.coreos.com',
  chart: 'kube-prometheus-stack',
  repository: 'https://prometheus-community.github.io/helm-charts',
  version: '77.0.0',
  values: 'values-kube-prometheus-stack.yaml',
};

/** Installs the operators that the cluster does not have; one that is there, of whatever version, stays as it is. */
export async function installOperators(cluster: Cluster, monitoring: boolean, report: Report): Promise<void> {
  if (monitoring) await makeSecrets(cluster, [grafanaSecret]);
  for (const operator of monitoring ? [...required, prometheus] : required) {
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: operator.definition },
    };
    if ((await cluster.read(definition)) !== undefined) continue;
    await observed(operator.name, () => install(cluster, operator), report, `at most ${LIMIT_S} s`);
  }
}

async function install(cluster: Cluster, operator: Operator): Promise<void> {
  const { name, namespace, chart, repository, version, values } = operator;
  await runCommand('helm', [
    ...['upgrade', '--install', name, chart, '--repo', repository, '--version', version],
    ...['--namespace', namespace, '--values', join(repositoryDirectory, 'k8s', values)],
    ...['--kube-context', cluster.context, '--wait', '--timeout', `${LIMIT_S}s`],
  ]);
}
