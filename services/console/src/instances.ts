import { services, type ServiceName } from '@naru/contracts';
import type { GroupState } from '@naru/kernel';
import type { ServiceView } from './views';

const ANSWER_MS = 1_000;
const DETAIL_LENGTH_MAX = 200;

export type InstanceView = ServiceView['instances'][number];
/** By service; undefined where nobody says which instances there are. */
export type InstancesReader = () => Promise<ReadonlyMap<string, readonly InstanceView[]> | undefined>;

/** @param text `name-1=http://…,…` of INSTANCE_URLS */
export function parseInstanceUrls(text: string): { readonly name: string; readonly url: string }[] {
  return text
    .split(',')
    .filter((item) => item !== '')
    .map((item) => {
      const equals = item.indexOf('=');
      return { name: item.slice(0, equals), url: item.slice(equals + 1) };
    });
}

/** Asks each instance whether it is ready. */
export function createInstancesReader(instances: ReturnType<typeof parseInstanceUrls>): InstancesReader {
  if (instances.length === 0) return async () => undefined;
  return async () => {
    const asked = await Promise.all(instances.map(async ({ name, url }) => ({ name, ...(await ask(url)) })));
    const byService = new Map<string, InstanceView[]>();
    for (const instance of asked) {
      const service = instance.name.replace(/-\d+$/, '');
      byService.set(service, [...(byService.get(service) ?? []), instance]);
    }
    return byService;
  };
}

async function ask(url: string): Promise<Pick<InstanceView, 'isReady' | 'detail'>> {
  try {
    const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(ANSWER_MS) });
    if (answer.ok) {
      await answer.body?.cancel();
      return { isReady: true, detail: null };
    }
    const { detail } = (await answer.json()) as { detail?: string };
    return { isReady: false, detail: (detail ?? `HTTP ${answer.status}`).slice(0, DETAIL_LENGTH_MAX) };
  } catch (error) {
    const isLate = (error as Error).name === 'TimeoutError';
    return { isReady: false, detail: isLate ? 'does not answer' : 'not running' };
  }
}

/** Where nobody is asked, the members of a service's group are those of its instances that are known to run. */
export function membersAsInstances(group: GroupState | undefined): InstanceView[] {
  const names = new Set((group?.members ?? []).map(({ clientId }) => clientId));
  return [...names].sort().map((name) => ({ name, isReady: true, detail: 'member of its group' }));
}

export const shownServices: readonly ServiceName[] = (Object.keys(services) as ServiceName[]).filter(
  (name) => !services[name].isOperator,
);
