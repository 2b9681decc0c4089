import { useState } from 'preact/hooks';
import { topicNames, topology } from '../map/topology';
import { go } from '../route';
import { overview } from '../stream';

const fields = ['topic', 'group', 'key', 'state'] as const;
export type Filter = Readonly<Record<(typeof fields)[number], string>>;
const states = ['waiting', 'redriven', 'quarantined'] as const;

export function filterOf(parameters: URLSearchParams): Filter {
  return Object.fromEntries(fields.map((field) => [field, parameters.get(field) ?? ''])) as Filter;
}

export function FilterForm({ filter, reload }: { filter: Filter; reload: () => void }) {
  const [draft, setDraft] = useState(filter);
  // Once, when the form is made: the list of groups hardly changes, and the page is not to be drawn each second.
  const [groups] = useState(() => (overview.peek()?.groups ?? []).map(({ name }) => name));
  const field = (name: keyof Filter) => ({
    name,
    value: draft[name],
    onInput: ({ currentTarget }: { currentTarget: HTMLInputElement | HTMLSelectElement }) =>
      setDraft({ ...draft, [name]: currentTarget.value }),
  });
  const look = (event: Event) => {
    event.preventDefault();
    if (fields.every((name) => draft[name] === filter[name])) reload();
    else go('dead-letters', draft);
  };
  return (
    <form role="search" class="line" onSubmit={look}>
      <label>
        Topic
        <select {...field('topic')} disabled={!topology.value}>
          <option value="">all</option>
          {topicNames.value.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        Group
        <input {...field('group')} list="groups" spellcheck={false} />
        <datalist id="groups">
          {groups.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      </label>
      <label>
        Key
        <input {...field('key')} spellcheck={false} />
      </label>
      <label>
        State
        <select {...field('state')}>
          <option value="">any</option>
          {states.map((state) => (
            <option key={state} value={state}>
              {state}
            </option>
          ))}
        </select>
      </label>
      <button type="submit">Look</button>
    </form>
  );
}
