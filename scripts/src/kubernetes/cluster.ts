import { PlatformError, reasonOf } from '../platform';

/** The namespace of everything that is Naru's own. */
export const NAMESPACE = 'naru';
/** The context that `kind create cluster` makes is called so; any other cluster must be named by whoever means it. */
const LOCAL_CONTEXT = /^kind-./;
const FIELD_MANAGER = 'naru';

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly generation?: number;
  };
  readonly [field: string]: unknown;
}

/** What there is of an object before it is read. */
export type ObjectName = Pick<KubernetesObject, 'apiVersion' | 'kind' | 'metadata'>;

/** The part of the Kubernetes API that is used here, alike for every kind of object. */
export interface Cluster {
  readonly context: string;
  /** Undefined when there is no such object, or no such kind. */
  read(name: ObjectName): Promise<KubernetesObject | undefined>;
  /** Empty when there is no such kind. */
  list(apiVersion: string, kind: string, namespace?: string): Promise<KubernetesObject[]>;
  /** Brings an object into being or into line, by server-side apply. */
  apply(object: KubernetesObject): Promise<void>;
  /** Gives a Kafka the id that its volumes were formatted with, which its operator otherwise makes up. */
  setKafkaClusterId(kafka: string, clusterId: string): Promise<void>;
  /** @returns false when it is there already; then it stays as it is */
  create(object: KubernetesObject): Promise<boolean>;
  /** Lets go of an object whose end was to be seen to by somebody who is no longer there. */
  dropFinalizers(name: ObjectName): Promise<void>;
  /** Asks for an object's end; what ends it may take longer. Nothing happens when it is not there. */
  remove(name: ObjectName): Promise<void>;
}

/** The context that kubectl is at; empty without one. */
export async function currentContext(): Promise<string> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  config.loadFromDefault();
  return config.getCurrentContext();
}

/**
 * Connects as kubectl does. A context that is not a kind cluster's is refused unless it is the one that was named.
 * @throws PlatformError CLUSTER_REFUSED
 */
export async function openCluster(named: string | undefined): Promise<Cluster> {
  // ESM only, and loaded here rather than above because images of the operator's commands do without it.
  const kubernetes = await import('@kubernetes/client-node');
  const { KubeConfig, KubernetesObjectApi, CustomObjectsApi, ApiException, PatchStrategy } = kubernetes;
  const config = new KubeConfig();
  config.loadFromDefault();
  const contexts = config.getContexts().map(({ name }) => name);
  const context = chosenContext(named, config.getCurrentContext(), contexts);
  config.setCurrentContext(context);
  const api = KubernetesObjectApi.makeApiClient(config);

  const unless = async <T>(codes: readonly number[], work: Promise<T>): Promise<T | undefined> => {
    try {
      return await work;
    } catch (error) {
      if (error instanceof ApiException && codes.includes(error.code)) return undefined;
      // What the client throws for a kind that the server does not know.
      if (codes.includes(404) && /^Unrecognized API version and kind/.test(reasonOf(error))) return undefined;
      throw error instanceof ApiException ? new Error(messageOf(error.body) ?? reasonOf(error)) : error;
    }
  };
  const body = (object: ObjectName) => object as Parameters<typeof api.create>[0];

  return {
    context,
    read: (name) =>
      unless([404], api.read(name as Parameters<typeof api.read>[0]) as Promise<KubernetesObject>),
    async list(apiVersion, kind, namespace) {
      const found = await unless([404], api.list(apiVersion, kind, namespace));
      // The server leaves out of a list's items what they all have in common.
      return ((found?.items ?? []) as object[]).map(
        (item) => ({ ...item, apiVersion, kind }) as KubernetesObject,
      );
    },
    async apply(object) {
      const how = [undefined, undefined, FIELD_MANAGER, true, PatchStrategy.ServerSideApply] as const;
      await unless([], api.patch(body(object), ...how));
    },
    async setKafkaClusterId(name, clusterId) {
      const kafka = {
        group: 'kafka.strimzi.io',
        version: 'v1',
        plural: 'kafkas',
        namespace: NAMESPACE,
        name,
      };
      const merge = kubernetes.setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
      const custom = config.makeApiClient(CustomObjectsApi);
      const patch = { ...kafka, body: { status: { clusterId } } };
      await unless([], custom.patchNamespacedCustomObjectStatus(patch, merge));
    },
    async create(object) {
      return (
        (await unless([409], api.create(body(object), undefined, undefined, FIELD_MANAGER))) !== undefined
      );
    },
    async dropFinalizers({ metadata, ...kind }) {
      const patch = { ...kind, metadata: { ...metadata, finalizers: null } } as unknown as ObjectName;
      const how = [undefined, undefined, undefined, undefined, PatchStrategy.MergePatch] as const;
      await unless([404], api.patch(body(patch), ...how));
    },
    async remove(name) {
      await unless([404], api.delete(body(name)));
    },
  };
}

function chosenContext(named: string | undefined, current: string, known: readonly string[]): string {
  const list = known.length > 0 ? known.join(', ') : 'none: is there a kubeconfig?';
  if (named !== undefined) {
    if (known.includes(named)) return named;
    throw new PlatformError('CLUSTER_REFUSED', `there is no context ${named}`, `one of ${list}`);
  }
  if (LOCAL_CONTEXT.test(current)) return current;
  throw new PlatformError(
    'CLUSTER_REFUSED',
    `the current context "${current}" is no kind cluster`,
    `if it is meant, name it: --context NAME; known are ${list}`,
  );
}

/** What the API server says of an error, without the headers and the stack that the client adds. */
function messageOf(body: unknown): string | undefined {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  try {
    return (JSON.parse(text) as { message?: string }).message;
  } catch {
    return text;
  }
}
