import type { Resource } from './resources';

/** Something that must hold of what a chart renders to. */
export interface Policy {
  readonly name: string;
  /** What breaks it, each by the resource's name. */
  violations(resources: readonly Resource[]): string[];
}

/** All violations, each with the name of its policy. */
export function violationsOf(policies: readonly Policy[], resources: readonly Resource[]): string[] {
  return policies.flatMap(({ name, violations }) =>
    violations(resources).map((violation) => `${name}: ${violation}`),
  );
}
