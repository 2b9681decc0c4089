import { useState } from 'preact/hooks';
import { filterOf, TopicChoice, useFilter, type FilterOf } from '../filter';
import { overview } from '../stream';

const fields = ['topic', 'group', 'key', 'state'] as const;
export type Filter = FilterOf<(typeof fields)[number]>;
const states = ['waiting', 'redriven', 'quarantined'] as const;

export const letterFilterOf = (parameters: URLSearchParams): Filter => filterOf(fields, parameters);

export function FilterForm({ filter, reload }: { filter: Filter; reload: () => void }) {
  const { field, look } = useFilter('dead-letters', filter, reload);
  // Once, when the form is made: the list of groups hardly changes, and the page is not to be drawn each second.
  const [groups] = useState(() => (overview.peek()?.groups ?? []).map(({ name }) => name));
  return (
    <form role="search" class="line" onSubmit={look}>
      <TopicChoice field={field('topic')} none="all" />
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
