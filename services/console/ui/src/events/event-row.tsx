import { useState } from 'preact/hooks';
import type { EventView } from '../../../src/views';
import { localTime, pretty } from '../format';
import { hrefOf } from '../route';

const ORDER_OR_USER = /^(\d+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

/** The key of an event; where it is an order or a user, a link to its story. */
export function KeyLink({ topic, value }: { topic: string; value: string | null }) {
  if (value === null) return <>none</>;
  const hasStory = ORDER_OR_USER.test(value) && !topic.startsWith('product.');
  return hasStory ? <a href={hrefOf('story', { id: value })}>{value}</a> : <>{value}</>;
}

export function EventRow({ event }: { event: EventView }) {
  return (
    <tr>
      <td class="time">{localTime(event.at)}</td>
      <td>{event.type ?? 'none'}</td>
      <td>
        <KeyLink topic={event.topic} value={event.key} />
      </td>
      <td>
        {event.partition}, {event.offset}
      </td>
      <td>
        <Content event={event} />
      </td>
    </tr>
  );
}

function Content({ event: { headers, payload, isMasked, id } }: { event: EventView }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{id ?? 'no event id'}</summary>
      {isOpen && (
        <>
          <pre>{pretty(payload)}</pre>
          {isMasked && <p class="hint">Values are masked.</p>}
          <dl class="facts">
            {Object.entries(headers).map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>
                  <code>{value}</code>
                </dd>
              </div>
            ))}
          </dl>
        </>
      )}
    </details>
  );
}
