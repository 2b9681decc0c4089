import { services as declaredServices, type ServiceName } from '@naru/contracts';

import { UsageError } from './arguments';
import { infrastructure, observers, type Infrastructure } from './platform';

const allServices = Object.keys(declaredServices) as ServiceName[];

/** What a platform consists of. */
export interface Selection {
  readonly parts: readonly Infrastructure[];
  readonly services: readonly ServiceName[];
}

/**
 * Reads `--only a,b`, which names parts and services alike; without it everything is selected that Naru needs.
 * @param observe whether what watches the others is selected besides
 */
export function parseSelection(only: string | undefined, observe = false): Selection {
  const further = observe ? observers : [];
  if (only === undefined) return { parts: [...infrastructure, ...further], services: allServices };
  const names = [...only.split(',').map((name) => name.trim()), ...further];
  const parts: readonly Infrastructure[] = [...infrastructure, ...observers];
  const known: readonly string[] = [...parts, ...allServices];
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new UsageError(`--only does not know "${unknown.join('", "')}"; it knows ${known.join(', ')}`);
  }
  return {
    parts: parts.filter((part) => names.includes(part)),
    services: allServices.filter((service) => names.includes(service)),
  };
}
