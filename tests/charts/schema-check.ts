import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv, { type ValidateFunction } from 'ajv';
import type { SchemaSet } from '../../scripts/src/kubernetes/schemas/sources';
import { nameOf, type Resource } from './resources';

const directory = join(__dirname, 'schemas');
/** Patterns are Go's, which has a flag inside of them where JavaScript has it beside. */
const regExp = Object.assign(
  (pattern: string, flags: string) =>
    pattern.includes('(?i)')
      ? new RegExp(pattern.replace('(?i)', ''), `${flags}i`)
      : new RegExp(pattern, flags),
  { code: 'goPattern' },
);

/** Versions of Kubernetes whose schemas are here. */
export const kubernetesVersions: readonly string[] = files('kubernetes-').map((name) =>
  name.slice('kubernetes-'.length),
);

/** What is wrong with a resource, each as `Kind name: place: what`; nothing where all is well. */
export type SchemaCheck = (resource: Resource) => string[];

/** A check against one version of Kubernetes and the custom resources that Naru uses. */
export function schemaCheck(kubernetesVersion: string): SchemaCheck {
  const names = [
    `kubernetes-${kubernetesVersion}`,
    ...files('').filter((name) => !name.startsWith('kubernetes-')),
  ];
  const validators = new Map<string, () => ValidateFunction>();
  for (const name of names) {
    const { resources, definitions } = JSON.parse(
      readFileSync(join(directory, `${name}.json`), 'utf8'),
    ) as SchemaSet;
    const ajv = new Ajv({ allErrors: true, strict: false, allowUnionTypes: true, code: { regExp } });
    for (const [type, schema] of Object.entries(resources)) {
      let compiled: ValidateFunction | undefined;
      validators.set(type, () => (compiled ??= ajv.compile({ ...schema, definitions })));
    }
  }
  return (resource) => {
    const type = `${resource.apiVersion}/${resource.kind}`;
    const validator = validators.get(type)?.();
    if (!validator) return [`${nameOf(resource)}: there is no ${type}`];
    if (validator(resource)) return [];
    return (validator.errors ?? []).map(({ instancePath, message, params }) => {
      const detail = params['additionalProperty'] ?? params['allowedValues'] ?? '';
      return `${nameOf(resource)}: ${instancePath || '/'}: ${message ?? 'is wrong'} ${String(detail)}`.trimEnd();
    });
  };
}

function files(prefix: string): string[] {
  return readdirSync(directory)
    .filter((file) => file.startsWith(prefix) && file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();
}
