import { useEffect, useRef } from 'preact/hooks';
import { DeadLettersView } from './dead-letters/dead-letters-view';
import { EventsView } from './events/events-view';
import { plural } from './format';
import { MapView } from './map/map-view';
import { ToldChanges } from './map/told-changes';
import { Notices } from './notices';
import { OperatorButton, TokenDialog } from './operator';
import { hrefOf, route, views, type ViewName } from './route';
import { StoryView } from './story/story-view';
import { connection, problems } from './stream';
import { theme, toggleTheme } from './theme';

const titles: Readonly<Record<ViewName, string>> = {
  map: 'Map',
  story: 'Story',
  events: 'Events',
  'dead-letters': 'Dead letters',
};

const pages: Readonly<Record<ViewName, () => preact.JSX.Element>> = {
  map: MapView,
  story: StoryView,
  events: EventsView,
  'dead-letters': DeadLettersView,
};

export function App() {
  const { view } = route.value;
  const Page = pages[view];
  const main = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  useEffect(() => {
    document.title = `${titles[view]} · Naru console`;
    // Whoever goes by keyboard or by voice is to be in the new view, not behind the link that led there.
    if (!isFirst.current) main.current?.focus();
    isFirst.current = false;
  }, [view]);
  const skip = (event: Event) => {
    event.preventDefault();
    main.current?.focus();
  };
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <header class="top">
        <strong class="brand">Naru console</strong>
        <nav aria-label="Views">
          <ul>
            {views.map((name) => (
              <li key={name}>
                <a href={hrefOf(name)} aria-current={name === view ? 'page' : undefined}>
                  {titles[name]}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <ConnectionState />
        <OperatorButton />
        <button type="button" class="secondary" onClick={toggleTheme}>
          {theme.value === 'dark' ? 'Light theme' : 'Dark theme'}
        </button>
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        <h1 class="unseen">{titles[view]}</h1>
        <Unread />
        <Page />
      </main>
      <ToldChanges />
      <Notices />
      <TokenDialog />
    </>
  );
}

function ConnectionState() {
  const words = { connecting: 'connecting', connected: 'live', lost: 'not connected' }[connection.value];
  return (
    <span class={`connection ${connection.value}`} role="status">
      {words}
    </span>
  );
}

/** What is shown is old, or lacks something. */
function Unread() {
  return (
    <>
      {connection.value === 'lost' && (
        <p class="problem" role="alert">
          Not connected to the console. What is shown is the last that was heard; it is tried again every two
          seconds.
        </p>
      )}
      {problems.value.length > 0 && (
        <details class="problem">
          <summary>
            {plural(problems.value.length, 'thing')} could not be read: {problems.value[0]}
          </summary>
          <ul>
            {problems.value.map((problem) => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}
