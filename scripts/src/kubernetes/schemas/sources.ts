import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

import { goModule } from '../fetch/go';
import { strimziCrds } from '../fetch/strimzi-crds';
import {
  OBJECT_META,
  reachableDefinitions,
  resourceSchema,
  strictSchema,
  type SchemaNode,
} from './strict-schema';

/** The oldest Kubernetes that the charts are for, and the newest there was when the schemas were fetched. */
const KUBERNETES_VERSIONS = ['1.30.14', '1.37.2'] as const;
const KEDA_VERSION = '2.18.0';
const PROMETHEUS_OPERATOR_VERSION = '0.85.0';
const STRIMZI_VERSION = '1.2.0';

const KEDA_CRDS = ['keda.sh_scaledobjects', 'keda.sh_triggerauthentications'];
const PROMETHEUS_CRDS = ['podmonitors', 'servicemonitors', 'prometheusrules'];

/** Kinds of Kubernetes' own that charts and manifests may have. */
const kinds: readonly (readonly [apiVersion: string, kind: string])[] = [
  ['v1', 'ConfigMap'],
  ['v1', 'LimitRange'],
  ['v1', 'Namespace'],
  ['v1', 'PersistentVolumeClaim'],
  ['v1', 'Pod'],
  ['v1', 'ResourceQuota'],
  ['v1', 'Secret'],
  ['v1', 'Service'],
  ['v1', 'ServiceAccount'],
  ['apps/v1', 'Deployment'],
  ['apps/v1', 'StatefulSet'],
  ['batch/v1', 'CronJob'],
  ['batch/v1', 'Job'],
  ['networking.k8s.io/v1', 'NetworkPolicy'],
  ['policy/v1', 'PodDisruptionBudget'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRole'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRoleBinding'],
  ['rbac.authorization.k8s.io/v1', 'Role'],
  ['rbac.authorization.k8s.io/v1', 'RoleBinding'],
];

/** Schemas of resources by `apiVersion/Kind`, and what they refer to. */
export interface SchemaSet {
  readonly resources: Readonly<Record<string, SchemaNode>>;
  readonly definitions: Readonly<Record<string, SchemaNode>>;
}

interface Swagger {
  readonly definitions: Readonly<Record<string, SchemaNode>>;
}

/** Fetches what the charts are checked against: name of the file → its content. */
export async function fetchSchemas(): Promise<Map<string, SchemaSet>> {
  const sets = new Map<string, SchemaSet>();
  let newest: Swagger = { definitions: {} };
  for (const version of KUBERNETES_VERSIONS) {
    const module = await goModule('k8s.io/kubernetes', version);
    newest = JSON.parse(await readFile(join(module, 'api/openapi-spec/swagger.json'), 'utf8')) as Swagger;
    sets.set(`kubernetes-${version}`, kubernetesSchemas(newest));
  }
  const keda = await goModule('github.com/kedacore/keda/v2', KEDA_VERSION);
  const kedaCrds = await read(join(keda, 'config/crd/bases'), KEDA_CRDS);
  sets.set(`keda-${KEDA_VERSION}`, crdSchemas(kedaCrds, newest));
  const operator = await goModule(
    'github.com/prometheus-operator/prometheus-operator',
    PROMETHEUS_OPERATOR_VERSION,
  );
  const monitors = PROMETHEUS_CRDS.map((plural) => `monitoring.coreos.com_${plural}`);
  const monitorCrds = await read(join(operator, 'example/prometheus-operator-crd'), monitors);
  sets.set(`prometheus-operator-${PROMETHEUS_OPERATOR_VERSION}`, crdSchemas(monitorCrds, newest));
  sets.set(`strimzi-${STRIMZI_VERSION}`, crdSchemas(await strimziCrds(STRIMZI_VERSION), newest));
  return sets;
}

function kubernetesSchemas({ definitions }: Swagger): SchemaSet {
  const resources = kinds.map(([apiVersion, kind]) => {
    const [version = '', group = ''] = apiVersion.split('/').reverse();
    const definition = Object.values(definitions).find((candidate) =>
      (candidate['x-kubernetes-group-version-kind'] as Kind[] | undefined)?.some(
        (found) => found.group === group && found.version === version && found.kind === kind,
      ),
    );
    if (!definition) throw new Error(`there is no ${apiVersion} ${kind}`);
    return [`${apiVersion}/${kind}`, resourceSchema(apiVersion, kind, strictSchema(definition))] as const;
  });
  return withDefinitions(Object.fromEntries(resources), definitions);
}

interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

interface CustomResourceDefinition {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: SchemaNode };
    }[];
  };
}

function crdSchemas(files: readonly string[], { definitions }: Swagger): SchemaSet {
  const crds = files.flatMap((file) =>
    parseAllDocuments(file).map((document) => document.toJS() as CustomResourceDefinition),
  );
  const resources = crds.flatMap(({ spec: { group, names, versions } }) =>
    versions.map(({ name, schema }) => {
      const apiVersion = `${group}/${name}`;
      const strict = strictSchema(schema.openAPIV3Schema);
      return [`${apiVersion}/${names.kind}`, resourceSchema(apiVersion, names.kind, strict)] as const;
    }),
  );
  return withDefinitions(Object.fromEntries(resources), definitions);
}

function withDefinitions(
  resources: Readonly<Record<string, SchemaNode>>,
  definitions: Readonly<Record<string, SchemaNode>>,
): SchemaSet {
  const metadata = { $ref: `#/definitions/${OBJECT_META}` };
  return {
    resources,
    definitions: reachableDefinitions([...Object.values(resources), metadata], definitions),
  };
}

function read(directory: string, names: readonly string[]): Promise<string[]> {
  return Promise.all(names.map((name) => readFile(join(directory, `${name}.yaml`), 'utf8')));
}
