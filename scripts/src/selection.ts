import { existsSync } from 'node:fs';

import { services as declaredServices, type ServiceName } from '@naru/contracts';

import { UsageError } from './arguments';
import { infrastructure, observers, platformPaths, registries, type Infrastructure } from './platform';

const allServices = Object.keys(declaredServices) as ServiceName[];

/** What a platform consists of. */
export interface Selection {
  readonly parts: readonly Infrastructure[];
  readonly services: readonly ServiceName[];
}

/** What is selected besides. */
export interface Further {
  /** What watches the others. */
  readonly observe?: boolean | undefined;
  /** What keeps the schemas of events. */
  readonly avro?: boolean | undefined;
}

/** What flags of a start select. A registry that a directory has had is there again: who reads old events needs it. */
export function selectionOf({
  only,
  directory,
  observe,
  avro,
}: Further & { readonly only?: string | undefined; readonly directory?: string | undefined }): Selection {
  const hadRegistry = existsSync(platformPaths(directory).registryData);
  return parseSelection(only, { observe, avro: avro === true || hadRegistry });
}

/** Reads `--only a,b`, which names parts and services alike; without it everything is selected that Naru needs. */
export function parseSelection(
  only: string | undefined,
  { observe = false, avro = false }: Further = {},
): Selection {
  const further = [...(observe ? observers : []), ...(avro ? registries : [])];
  if (only === undefined) return { parts: [...infrastructure, ...further], services: allServices };
  const names = [...only.split(',').map((name) => name.trim()), ...further];
  const parts: readonly Infrastructure[] = [...infrastructure, ...observers, ...registries];
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
