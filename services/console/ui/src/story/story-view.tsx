import { useState } from 'preact/hooks';
import type { Story } from '../../../src/views';
import { get } from '../api';
import { localTime } from '../format';
import { useLoaded } from '../loaded';
import { Problem } from '../problem';
import { go, hrefOf, route } from '../route';
import { Timeline } from './timeline';

const WAITING_ASK_MS = 2_000;
const ORDER_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What happened to one order or user, across all services. */
export function StoryView() {
  const id = route.value.parameters.get('id') ?? '';
  return (
    <>
      <Search key={id} id={id} />
      {id === '' ? (
        <p class="hint">
          An order’s id is a UUID, a user’s a number; both are keys on the{' '}
          <a href={hrefOf('events')}>events</a>.
        </p>
      ) : (
        <Found id={id} />
      )}
    </>
  );
}

function Search({ id }: { id: string }) {
  const [text, setText] = useState(id);
  const search = (event: Event) => {
    event.preventDefault();
    go('story', { id: text.trim() });
  };
  return (
    <form role="search" class="line" onSubmit={search}>
      <label>
        Order id or user id
        <input
          name="id"
          value={text}
          required
          pattern="\s*([0-9]+|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\s*"
          title="A UUID for an order, a number for a user"
          spellcheck={false}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
      </label>
      <button type="submit">Tell</button>
    </form>
  );
}

function Found({ id }: { id: string }) {
  const kind = ORDER_ID.test(id) ? 'orders' : 'users';
  const [isOpenEnded, setOpenEnded] = useState(true);
  const { value, error, isLoading, reload } = useLoaded(
    `${kind}/${id}`,
    async (abort) => {
      setOpenEnded(false);
      const story = await get<Story>(`/api/stories/${kind}/${encodeURIComponent(id)}`, {}, abort);
      setOpenEnded(story.awaited.length > 0);
      return story;
    },
    { every_ms: isOpenEnded ? WAITING_ASK_MS : undefined },
  );
  return (
    <>
      <Problem error={error} />
      {!value && isLoading && <p aria-busy="true">Asking the services…</p>}
      {value && <Told story={value} reload={reload} />}
    </>
  );
}

function Told({ story, reload }: { story: Story; reload: () => void }) {
  const { kind, id, title, status, traceId, facts, steps, awaited, troubles } = story;
  return (
    <article class="story">
      <header>
        <h2>{title}</h2>
        <span class="badge">{status}</span>
        <button type="button" class="small secondary" onClick={reload}>
          Ask again
        </button>
      </header>
      {troubles.length > 0 && (
        <div class="problem" role="alert">
          <h3>Troubles</h3>
          <ul>
            {troubles.map((trouble) => (
              <li key={trouble}>{trouble}</li>
            ))}
          </ul>
          <p>
            <a href={hrefOf('dead-letters', { key: id })}>Dead letters and parked records of this key</a>
          </p>
        </div>
      )}
      <dl class="facts">
        {traceId && (
          <div>
            <dt>trace id</dt>
            <dd>
              <code>{traceId}</code>
            </dd>
          </div>
        )}
        {facts.map(({ name, value }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Timeline steps={steps} />
      <section aria-labelledby="awaited-title" aria-live="polite">
        <h3 id="awaited-title">Still to come</h3>
        {awaited.length === 0 ? (
          <p>Nothing: this {kind} waits for nobody.</p>
        ) : (
          <ul>
            {awaited.map(({ what, from, until }) => (
              <li key={what + from}>
                <strong>{what}</strong> from {from}
                {until && `, until ${localTime(until).slice(0, 19)}`}
              </li>
            ))}
          </ul>
        )}
      </section>
    </article>
  );
}
