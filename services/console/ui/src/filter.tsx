import { useState } from 'preact/hooks';
import { topicNames, topology } from './map/topology';
import { go, type ViewName } from './route';

/** What a list is filtered by, as its form and its address have it; empty means any. */
export type FilterOf<Field extends string> = Readonly<Record<Field, string>>;

export function filterOf<Field extends string>(
  fields: readonly Field[],
  parameters: URLSearchParams,
): FilterOf<Field> {
  return Object.fromEntries(fields.map((field) => [field, parameters.get(field) ?? ''])) as FilterOf<Field>;
}

/**
 * A form's own state of a filter: what its fields are given, and what its submission does, which is to go to the view
 * of what is typed, or to look again where nothing was changed.
 */
export function useFilter<Field extends string>(view: ViewName, filter: FilterOf<Field>, reload: () => void) {
  const [draft, setDraft] = useState(filter);
  const field = (name: Field) => ({
    name,
    value: draft[name],
    onInput: ({ currentTarget }: { currentTarget: HTMLInputElement | HTMLSelectElement }) =>
      setDraft({ ...draft, [name]: currentTarget.value }),
  });
  const look = (event: Event) => {
    event.preventDefault();
    const fields = Object.keys(filter) as Field[];
    if (fields.every((name) => draft[name] === filter[name])) reload();
    else go(view, draft);
  };
  return { field, look };
}

/** @param none the choice of no topic */
export function TopicChoice({ field, none, required = false }: TopicChoiceProps) {
  return (
    <label>
      Topic
      <select {...field} required={required} disabled={!topology.value}>
        <option value="">{none}</option>
        {topicNames.value.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

interface TopicChoiceProps {
  readonly field: ReturnType<ReturnType<typeof useFilter<string>>['field']>;
  readonly none: string;
  readonly required?: boolean;
}
