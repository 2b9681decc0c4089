import { mismatches, type Mismatch } from './readability';
import type { EventRecord } from './schemas';

/** What a change does that events must not go through. */
export type BreakageKind =
  | 'not-a-schema'
  | 'ambiguous-union'
  | 'vanished'
  | 'renamed'
  | 'topic-changed'
  | 'key-changed'
  | 'field-added'
  | 'field-removed'
  | 'field-renamed'
  | 'field-alias'
  | 'type-changed'
  | 'branch-added'
  | 'branch-removed'
  | 'symbol-added'
  | 'symbol-removed'
  | 'size-changed'
  | 'name-changed';

export interface Breakage {
  readonly eventType: string;
  readonly kind: BreakageKind;
  /** Released versions that the current schema does not go together with; none where it is wrong by itself. */
  readonly versions: readonly number[];
  /** A sentence without its end. */
  readonly broke: string;
  /** What to do instead; whole sentences. */
  readonly instead: string;
}

/** What one change breaks with one released version, at one place. */
export interface Break extends Pick<Breakage, 'kind' | 'broke' | 'instead'> {
  readonly path: string;
}

/** One line. */
export function messageOf({ eventType, versions, broke, instead }: Breakage): string {
  const between =
    versions.length === 0
      ? ''
      : ` (between version${versions.length > 1 ? 's' : ''} ${versions.join(', ')} and the current schema)`;
  return `${eventType}: ${broke}${between}. ${instead}`;
}

const BESIDE = 'Keep it as it was, and add a field with a default beside it';
const NEW_TYPE = 'or write a new event type instead';

/** The breaks between a released version and the current schema, each told once for both directions. */
export function breaksBetween(released: EventRecord, current: EventRecord): Break[] {
  const backward = mismatches(current, released);
  const forward = mismatches(released, current);
  // A type is changed, and a nested name, whichever of the two sides notices.
  const noticed = (found: readonly Mismatch[], { kind, path }: Mismatch) =>
    found.some((other) => other.kind === kind && other.path === path);
  // What is missed under its old name is told as that.
  const isToldAsRenaming = ({ kind, path, reader, encodings }: Mismatch) =>
    kind === 'alias' &&
    encodings === 'json' &&
    forward.some(
      (missed) =>
        missed.kind === 'field' && missed.writer === reader && parentOf(missed.path) === parentOf(path),
    );
  return [
    ...backward
      .filter((found) => !isToldAsRenaming(found))
      .map((found) => ofBackward(found, noticed(forward, found))),
    ...forward
      .filter((found) => !isMutual(found) || !noticed(backward, found))
      .map((found) => ofForward(found)),
  ];
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('.') + 1);
}

function isMutual({ kind }: Mismatch): boolean {
  return kind === 'type' || kind === 'size' || kind === 'name';
}

/** What the current schema cannot read of what was written. */
function ofBackward({ kind, path, reader, writer, encodings }: Mismatch, isMutuallySeen: boolean): Break {
  switch (kind) {
    case 'field':
      return {
        kind: 'field-added',
        path,
        broke: `field "${path}" was added without a default, so events that were written before cannot be read`,
        instead: 'Add it with a default.',
      };
    case 'alias':
      return aliasBreak(path, reader, writer, encodings);
    case 'branch':
      return {
        kind: 'branch-removed',
        path,
        broke: `"${path}" can no longer be ${writer}, and events that were written may have it`,
        instead: `Keep ${writer} in the union.`,
      };
    case 'symbol':
      return {
        kind: 'symbol-removed',
        path,
        broke:
          `symbol "${writer}" was removed from ${reader} ("${path}"), and events that were written may have it` +
          (encodings === 'json' ? '; in JSON the default does not stand in for it' : ''),
        instead: 'Keep the symbol, and stop writing it.',
      };
    case 'type':
      return typeBreak(path, writer, reader, isMutuallySeen ? 'changed' : 'narrowed');
    case 'size':
      return sizeBreak(path, writer, reader);
    case 'name':
      return nameBreak(path, writer, reader);
  }
}

/** What readers that are released cannot read of what is written now. */
function ofForward({ kind, path, reader, writer, encodings }: Mismatch): Break {
  switch (kind) {
    case 'field':
      return removal(path, writer);
    case 'alias':
      return aliasBreak(path, reader, writer, encodings);
    case 'branch':
      return {
        kind: 'branch-added',
        path,
        broke: `"${path}" can now be ${writer}, which readers that are released do not take`,
        instead: `${BESIDE}, ${NEW_TYPE}.`,
      };
    case 'symbol':
      return {
        kind: 'symbol-added',
        path,
        broke:
          `symbol "${writer}" was added to ${reader} ("${path}"), which readers that are released do not know` +
          (encodings === 'json' ? '; their default stands in for it in Avro, but not in JSON' : ''),
        instead: `Keep the symbols, and add a field with a default beside it, ${NEW_TYPE}.`,
      };
    case 'type':
      return typeBreak(path, reader, writer, 'widened');
    case 'size':
      return sizeBreak(path, reader, writer);
    case 'name':
      return nameBreak(path, reader, writer);
  }
}

/** @param heir the field that reads it by an alias now, or nothing */
function removal(path: string, heir: string): Break {
  if (heir !== '') {
    return {
      kind: 'field-renamed',
      path,
      broke:
        `field "${path}" was renamed to "${heir}": by the alias older events are read, but readers that are released ` +
        `miss "${path}", for which they have no default`,
      instead: `Keep "${path}", and add "${heir}" beside it, with a default.`,
    };
  }
  return {
    kind: 'field-removed',
    path,
    broke: `field "${path}" was removed, and readers that are released have no default for it`,
    instead:
      'Keep it: only a field that had its default in each release that has it can go, and a default given now does not ' +
      `reach readers that are out. If it must go, write a new event type instead.`,
  };
}

function aliasBreak(path: string, name: string, found: string, encodings: Mismatch['encodings']): Break {
  if (encodings === 'both') {
    return {
      kind: 'field-alias',
      path,
      broke: `field "${path}" has aliases, and ${found} are both there, so it is not clear which one it is read from`,
      instead: 'Take the alias away.',
    };
  }
  return {
    kind: 'field-alias',
    path,
    broke: `field "${name}" takes the place of "${found}" by an alias, which events in JSON do not know`,
    instead: `Keep "${found}" and add "${name}" beside it, or give "${name}" a default.`,
  };
}

const directions = {
  changed: '',
  widened: ': the current schema reads older events, but readers that are released cannot read new ones',
  narrowed: ': readers that are released read new events, but the current schema cannot read older ones',
} as const;

function typeBreak(path: string, from: string, to: string, direction: keyof typeof directions): Break {
  return {
    kind: 'type-changed',
    path,
    broke: `the type of "${path}" was ${direction} from ${from} to ${to}${directions[direction]}`,
    instead: `${BESIDE}, ${NEW_TYPE}.`,
  };
}

function sizeBreak(path: string, from: string, to: string): Break {
  return {
    kind: 'size-changed',
    path,
    broke: `"${path}" was ${from} and is ${to}`,
    instead: `${BESIDE}, ${NEW_TYPE}.`,
  };
}

function nameBreak(path: string, from: string, to: string): Break {
  return {
    kind: 'name-changed',
    path,
    broke: `the type of "${path}" was called ${from} and is called ${to}; readers go by the name`,
    instead: 'Keep the name; an alias helps newer readers, but not those that are released.',
  };
}
