import { services as declaredServices, type ServiceName } from '@naru/contracts';

import { UsageError } from './arguments';
import { infrastructure, type Infrastructure } from './platform';

const allServices = Object.keys(declaredServices) as ServiceName[];

/** What a platform consists of. */
export interface Selection {
  readonly parts: readonly Infrastructure[];
  readonly services: readonly ServiceName[];
}

/** Reads `--only a,b`, which names parts and services alike; without it everything is selected. */
export function parseSelection(only: string | undefined): Selection {
  if (only === undefined) return { parts: infrastructure, services: allServices };
  const names = only.split(',').map((name) => name.trim());
  const known: readonly string[] = [...infrastructure, ...allServices];
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new UsageError(`--only does not know "${unknown.join('", "')}"; it knows ${known.join(', ')}`);
  }
  return {
    parts: infrastructure.filter((part) => names.includes(part)),
    services: allServices.filter((service) => names.includes(service)),
  };
}
