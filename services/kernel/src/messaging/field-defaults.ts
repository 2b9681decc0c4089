import avsc from 'avsc';

/** Gives a value that was JSON what its writer did not know, in place. */
export type FillDefaults = (value: unknown) => void;

/**
 * What gives absent fields their schema's default, as Avro's resolution does for a writer that is older.
 * @returns undefined for a type without defaults, which has nothing to look for
 */
export function fieldDefaults(type: avsc.Type): FillDefaults | undefined {
  return hasDefaults(type, new Set()) ? fillerOf(type, new Map()) : undefined;
}

function hasDefaults(type: avsc.Type, seen: Set<avsc.Type>): boolean {
  if (seen.has(type)) return false;
  seen.add(type);
  if (type instanceof avsc.types.RecordType)
    return type.fields.some((field) => field.defaultValue() !== undefined || hasDefaults(field.type, seen));
  return innerTypes(type).some((inner) => hasDefaults(inner, seen));
}

function fillerOf(type: avsc.Type, known: Map<avsc.Type, FillDefaults>): FillDefaults {
  const before = known.get(type);
  if (before) return before;
  // Called only when all of the type is made.
  known.set(type, (value) => made(value));
  const made = makeFiller(type, known);
  return made;
}

function makeFiller(type: avsc.Type, known: Map<avsc.Type, FillDefaults>): FillDefaults {
  if (type instanceof avsc.types.RecordType) {
    const fields = type.fields.map((field) => ({ field, fill: fillerOf(field.type, known) }));
    return (value) => {
      if (!isObject(value)) return;
      for (const { field, fill } of fields) {
        if (value[field.name] === undefined) {
          const given = field.defaultValue() as unknown;
          if (given !== undefined) value[field.name] = given;
        } else fill(value[field.name]);
      }
    };
  }
  const fillers = innerTypes(type).map((inner) => fillerOf(inner, known));
  const fillAll: FillDefaults = (value) => fillers.forEach((fill) => fill(value));
  if (type instanceof avsc.types.ArrayType)
    return (value) => (Array.isArray(value) ? value.forEach(fillAll) : undefined);
  if (type instanceof avsc.types.MapType)
    return (value) => (isObject(value) ? Object.values(value).forEach(fillAll) : undefined);
  return fillAll;
}

/** Of a union the branches: at most one of them is a record, unless the value names its branch and is left as it is. */
function innerTypes(type: avsc.Type): readonly avsc.Type[] {
  if (type instanceof avsc.types.ArrayType) return [type.itemsType];
  if (type instanceof avsc.types.MapType) return [type.valuesType as avsc.Type];
  if (type instanceof avsc.types.UnwrappedUnionType) return type.types;
  return [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
