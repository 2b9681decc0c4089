import { parseAllDocuments } from 'yaml';

export type Labels = Readonly<Record<string, string>>;

export interface Metadata {
  readonly name: string;
  readonly labels?: Labels;
  readonly annotations?: Labels;
}

/** Any resource, as it is in YAML. What is wrong with one may be that a part is missing, so look with care. */
export interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly spec?: any;
  readonly data?: Readonly<Record<string, string>>;
}

export interface Probe {
  readonly httpGet?: { readonly path: string; readonly port: string | number };
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly resources?: { readonly requests?: Labels; readonly limits?: Labels };
  readonly securityContext?: {
    readonly allowPrivilegeEscalation?: boolean;
    readonly readOnlyRootFilesystem?: boolean;
    readonly capabilities?: { readonly drop?: readonly string[] };
  };
  readonly startupProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly lifecycle?: { readonly preStop?: { readonly sleep?: { readonly seconds: number } } };
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
  readonly envFrom?: readonly { readonly configMapRef?: { readonly name: string } }[];
  readonly env?: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: { readonly secretKeyRef?: { readonly name: string; readonly key: string } };
  }[];
}

export interface PodSpec {
  readonly automountServiceAccountToken?: boolean;
  readonly terminationGracePeriodSeconds?: number;
  readonly topologySpreadConstraints?: readonly { readonly whenUnsatisfiable: string }[];
  readonly securityContext?: {
    readonly runAsNonRoot?: boolean;
    readonly seccompProfile?: { readonly type: string };
  };
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
}

/** A pod, or what one is made from. */
export interface PodTemplate {
  /** `Deployment user-api` */
  readonly owner: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly spec: PodSpec;
}

/** All resources of a YAML text. @throws on YAML that is wrong, keys that occur twice included */
export function parseResources(text: string): Resource[] {
  return parseAllDocuments(text, { uniqueKeys: true }).flatMap((document) => {
    const [error] = document.errors;
    if (error) throw error;
    const value = document.toJS() as Resource | null;
    return value === null ? [] : [value];
  });
}

export function nameOf({ kind, metadata }: Resource): string {
  return `${kind} ${metadata.name}`;
}

export function ofKind(resources: readonly Resource[], kind: string): Resource[] {
  return resources.filter((resource) => resource.kind === kind);
}

/** The pods that a set of resources makes, once each whatever the number of replicas. */
export function podsOf(resources: readonly Resource[]): PodTemplate[] {
  return resources.flatMap((resource) => {
    const owner = nameOf(resource);
    const { labels = {}, annotations = {} } = resource.metadata;
    if (resource.kind === 'Pod') return [{ owner, labels, annotations, spec: resource.spec as PodSpec }];
    const holder = resource.kind === 'CronJob' ? resource.spec.jobTemplate.spec : resource.spec;
    const template = holder?.template as { metadata?: Metadata; spec?: PodSpec } | undefined;
    if (!template?.spec?.containers) return [];
    const metadata: Partial<Metadata> = template.metadata ?? {};
    return [
      { owner, labels: metadata.labels ?? {}, annotations: metadata.annotations ?? {}, spec: template.spec },
    ];
  });
}

export function containersOf(spec: PodSpec): Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}

/** Whether a selector's matchLabels hold of a pod. An empty or missing selector holds of every pod. */
export function selects(matchLabels: Labels | undefined, labels: Labels): boolean {
  return Object.entries(matchLabels ?? {}).every(([name, value]) => labels[name] === value);
}
