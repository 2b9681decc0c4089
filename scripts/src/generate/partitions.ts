import type { TopicSpecification } from '@naru/contracts';

/** Topic → number of partitions, as it was when the topic was first declared. */
export type Partitions = Readonly<Record<string, number>>;

/**
 * The partition counts to be kept on file. A key's records are in one partition, and with another count they would
 * go to another one from then on, beside those that are there already: their order would be lost (source D).
 * @throws Error naming the topics whose count differs from the one on file
 */
export function keptPartitions(onFile: Partitions, declared: readonly TopicSpecification[]): Partitions {
  const changed = declared.filter(
    ({ name, partitions }) => onFile[name] !== undefined && onFile[name] !== partitions,
  );
  if (changed.length > 0) {
    const list = changed
      .map(({ name, partitions }) => `${name} from ${onFile[name]} to ${partitions}`)
      .join(', ');
    throw new Error(`partitions of a topic that exists are not changed, for order would break: ${list}`);
  }
  const all = {
    ...onFile,
    ...Object.fromEntries(declared.map(({ name, partitions }) => [name, partitions])),
  };
  return Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
}
