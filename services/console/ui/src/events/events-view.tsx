import { useState } from 'preact/hooks';
import type { EventPage } from '../../../src/views';
import { get } from '../api';
import { filterOf, TopicChoice, useFilter, type FilterOf } from '../filter';
import { plural } from '../format';
import { useLoaded } from '../loaded';
import { Problem } from '../problem';
import { route } from '../route';
import { isOperator } from '../token';
import { EventRow } from './event-row';

const LIMIT = 100;
const fields = ['topic', 'key', 'type', 'from', 'to'] as const;
type Filter = FilterOf<(typeof fields)[number]>;

/** Looks into a topic, newest first. */
export function EventsView() {
  const { parameters } = route.value;
  const filter = filterOf(fields, parameters);
  const [isUnmasked, setUnmasked] = useState(false);
  const payload = isUnmasked && isOperator.value ? 'shown' : '';
  const key = filter.topic === '' ? null : JSON.stringify({ ...filter, payload });
  const { value, error, isLoading, reload } = useLoaded(
    key,
    (abort) =>
      get<EventPage>(
        '/api/events',
        { ...filter, from: toUtc(filter.from), to: toUtc(filter.to), limit: LIMIT, payload },
        abort,
      ),
    // What was opened stays open when its values are shown.
    { keeps: true },
  );
  return (
    <>
      <FilterForm key={`${parameters}`} filter={filter} reload={reload} />
      <label class="switch">
        <input
          type="checkbox"
          role="switch"
          checked={payload === 'shown'}
          disabled={!isOperator.value}
          onChange={({ currentTarget }) => setUnmasked(currentTarget.checked)}
        />
        Show the values of payloads {!isOperator.value && '(takes the operator’s token)'}
      </label>
      <Problem error={error} />
      <p class="hint" role="status" aria-busy={isLoading}>
        {key === null && 'Choose a topic.'}
        {key !== null && !value && isLoading && 'Looking…'}
        {value &&
          `${plural(value.events.length, 'event')} of ${plural(value.looked, 'record')} looked at${
            value.isCutShort ? '; there are older ones that were not looked at: narrow the time' : ''
          }.`}
      </p>
      {value && value.events.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Table of events">
          <table>
            <thead>
              <tr>
                <th scope="col">Time</th>
                <th scope="col">Type</th>
                <th scope="col">Key</th>
                <th scope="col">Partition, offset</th>
                <th scope="col">Content</th>
              </tr>
            </thead>
            <tbody>
              {value.events.map((event) => (
                <EventRow key={`${event.topic}-${event.partition}-${event.offset}`} event={event} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

function FilterForm({ filter, reload }: { filter: Filter; reload: () => void }) {
  const { field, look } = useFilter('events', filter, reload);
  return (
    <form role="search" class="line" onSubmit={look}>
      <TopicChoice field={field('topic')} none="Choose…" required />
      <label>
        Key
        <input {...field('key')} spellcheck={false} />
      </label>
      <label>
        Type
        <input {...field('type')} spellcheck={false} />
      </label>
      <label>
        From
        <input type="datetime-local" step={1} {...field('from')} />
      </label>
      <label>
        To
        <input type="datetime-local" step={1} {...field('to')} />
      </label>
      <button type="submit">Look</button>
    </form>
  );
}

/** A field of local time as ISO 8601 in UTC. */
function toUtc(local: string): string {
  const at = new Date(local);
  return Number.isNaN(at.getTime()) ? '' : at.toISOString();
}
