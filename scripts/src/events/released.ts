import { topics as declaredTopics, type Topics } from '@naru/contracts';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { breakagesOf, type Evolution, type Release } from './gate';
import type { Breakage } from './breakages';
import { EVENTS_DIRECTORY, parseJson, readEventSchemas, SCHEMA_EXTENSION } from './schemas';

export const RELEASED_DIRECTORY = 'services/contracts/released';
/** Says what is released, so that a file that was edited, deleted or slipped in is found without git. */
const LEDGER = `${RELEASED_DIRECTORY}/versions.json`;

interface LedgerEntry {
  readonly topic: string;
  readonly key: string | null;
  /** SHA-256 of each version's file, version 1 first. */
  readonly sha256: readonly string[];
}

type Ledger = Readonly<Record<string, LedgerEntry>>;

export interface Repository extends Evolution {
  /** What is wrong with the released files themselves, a sentence each. */
  readonly damages: readonly string[];
}

/**
 * Reads schemas and releases, and checks that released files are what they were when they were released.
 * @param root the repository's directory
 * @throws SchemaFileError when a file is not JSON
 */
export function readRepository(root: string, topics: Topics = declaredTopics): Repository {
  const ledger = readLedger(root);
  const damages = Object.entries(ledger).flatMap(([type, entry]) => damagesOf(root, type, entry));
  const releases = Object.entries(ledger).map(([type, { topic, key, sha256 }]): [string, Release] => {
    const files = sha256.map((_, index) => releasedFile(type, index + 1));
    const present = files.filter((file) => existsSync(join(root, file)));
    const versions = present.map((file) => parseJson(readFileSync(join(root, file), 'utf8'), file));
    return [type, { topic, key, versions }];
  });
  return {
    current: readEventSchemas(root),
    releases: new Map(releases),
    topics,
    damages: [...damages, ...strangers(root, ledger)],
  };
}

/** Event types whose schema is not what was released last, in any way: those that the next release is for. */
export function unreleased({ current, releases }: Evolution): string[] {
  return [...current]
    .filter(([type, schema]) => !isDeepStrictEqual(releases.get(type)?.versions.at(-1), schema))
    .map(([type]) => type);
}

export type ReleaseOutcome =
  | { readonly refused: readonly string[]; readonly breakages: readonly Breakage[] }
  /** Paths of the files that were written. */
  | { readonly written: readonly string[] };

/**
 * Writes the next version of each schema that is not what was released last. All or none: one that breaks, a released
 * file that is damaged, or an event type without a topic keeps all from being released. A file that is there is never
 * written.
 */
export function release(root: string, topics: Topics = declaredTopics): ReleaseOutcome {
  const repository = readRepository(root, topics);
  const breakages = breakagesOf(repository);
  const changed = unreleased(repository);
  const homeless = changed
    .filter((type) => !topicOfType(type, topics))
    .map((type) => `${type}: no topic in topology.ts carries it. Declare where it goes first.`);
  const refused = [...repository.damages, ...homeless];
  if (refused.length > 0 || breakages.length > 0) return { refused, breakages };
  let ledger = readLedger(root);
  const written = changed.map((type) => {
    const sha256 = ledger[type]?.sha256 ?? [];
    const content = readFileSync(join(root, EVENTS_DIRECTORY, `${type}${SCHEMA_EXTENSION}`));
    const file = releasedFile(type, sha256.length + 1);
    mkdirSync(join(root, RELEASED_DIRECTORY, type), { recursive: true });
    writeFileSync(join(root, file), content, { flag: 'wx' });
    const [topic, { key }] = topicOfType(type, topics) as [string, { key: string | null }];
    ledger = { ...ledger, [type]: { topic, key, sha256: [...sha256, digest(content)] } };
    writeLedger(root, ledger);
    return file;
  });
  return { written };
}

/** The topic that an event type is on: the one that it was released on, if it was. */
function topicOfType(type: string, topics: Topics) {
  return Object.entries(topics).find(([, { events }]) => events.includes(type as never));
}

export function releasedFile(type: string, version: number): string {
  return `${RELEASED_DIRECTORY}/${type}/${version}${SCHEMA_EXTENSION}`;
}

function damagesOf(root: string, type: string, { sha256 }: LedgerEntry): string[] {
  return sha256.flatMap((expected, index) => {
    const file = releasedFile(type, index + 1);
    if (!existsSync(join(root, file))) return [`${file} is gone, and it is released. Put it back.`];
    if (digest(readFileSync(join(root, file))) === expected) return [];
    return [
      `${file} was edited, and it is released: events that were written by it are still there. ` +
        `Put it back; a change goes to ${EVENTS_DIRECTORY}/${type}${SCHEMA_EXTENSION}.`,
    ];
  });
}

/** Files that no release wrote. */
function strangers(root: string, ledger: Ledger): string[] {
  const directory = join(root, RELEASED_DIRECTORY);
  if (!existsSync(directory)) return [];
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(root.length + 1)
        .replaceAll('\\', '/'),
    );
  const known = new Set([
    LEDGER,
    ...Object.entries(ledger).flatMap(([type, { sha256 }]) =>
      sha256.map((_, index) => releasedFile(type, index + 1)),
    ),
  ]);
  return files
    .filter((file) => !known.has(file))
    .map((file) => `${file} was not written by a release. Remove it, and run \`npm run events -- release\`.`);
}

function readLedger(root: string): Ledger {
  const file = join(root, LEDGER);
  return existsSync(file) ? (parseJson(readFileSync(file, 'utf8'), LEDGER) as Ledger) : {};
}

/** After each version, so that a release that is cut short leaves no file that the ledger does not know for long. */
function writeLedger(root: string, ledger: Ledger): void {
  const sorted = Object.fromEntries(Object.entries(ledger).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(join(root, LEDGER), `${JSON.stringify(sorted, null, 2)}\n`);
}

function digest(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
