import { SchemaRefusedError, subjectOf, type SchemaRegistry } from '@naru/kernel';
import type { Evolution } from './gate';
import { parseEventSchema } from './schemas';

export type Registration = { readonly subject: string; readonly version: number } & (
  | { readonly id: number }
  /** Why the registry does not take it. */
  | { readonly refused: string }
);

/**
 * Registers all released versions of each event type in order, under FULL_TRANSITIVE. What is registered already keeps
 * its id, so that it may be run again. After a refusal the subject's later versions are not tried.
 * @param told hears of each version
 * @throws InfrastructureError when the registry does not answer
 */
export async function registerReleases(
  registry: SchemaRegistry,
  releases: Evolution['releases'],
  told: (registration: Registration) => void,
): Promise<void> {
  for (const { topic, versions } of releases.values()) {
    for (const [index, schema] of versions.entries()) {
      const subject = subjectOf(topic, String(parseEventSchema(schema).name));
      try {
        const id = await registry.register(subject, JSON.stringify(schema));
        told({ subject, version: index + 1, id });
      } catch (error) {
        if (!(error instanceof SchemaRefusedError)) throw error;
        told({ subject, version: index + 1, refused: error.message });
        break;
      }
    }
  }
}
