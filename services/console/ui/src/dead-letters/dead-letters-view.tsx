import { useEffect, useState } from 'preact/hooks';
import type { DeadLetterPage, DeadLetterView } from '../../../src/views';
import { get } from '../api';
import { plural } from '../format';
import { useLoaded } from '../loaded';
import { ReadOnlyHint } from '../operator';
import { Problem } from '../problem';
import { route } from '../route';
import { isOperator } from '../token';
import { EditDialog } from './edit-dialog';
import { FilterForm, letterFilterOf } from './filter-form';
import { LettersTable } from './letters-table';
import { Parked } from './parked';
import { RedriveDialog, type Chosen } from './redrive-dialog';

const LIMIT = 50;

/** What could not be handled, and the ways to have it handled after all. */
export function DeadLettersView() {
  const filter = letterFilterOf(route.value.parameters);
  const [after, setAfter] = useState<string | null>(null);
  const [earlier, setEarlier] = useState<readonly DeadLetterView[]>([]);
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [edited, setEdited] = useState<DeadLetterView | null>(null);
  const filterKey = JSON.stringify(filter);
  useEffect(() => {
    setAfter(null);
    setEarlier([]);
  }, [filterKey]);
  const { value, error, isLoading, reload } = useLoaded(filterKey + (after ?? ''), (abort) =>
    get<DeadLetterPage>('/api/dead-letters', { ...filter, after, limit: LIMIT }, abort),
  );
  const restart = () => {
    setAfter(null);
    setEarlier([]);
    reload();
  };
  const letters = [...earlier, ...(value?.letters ?? [])];
  const more = () => {
    setEarlier(letters);
    setAfter(value?.next ?? null);
  };
  const narrowed = [filter.topic && `topic ${filter.topic}`, filter.group && `group ${filter.group}`]
    .filter(Boolean)
    .join(', ');
  return (
    <>
      <FilterForm key={`${route.value.parameters}`} filter={filter} reload={restart} />
      <ReadOnlyHint id="letters-hint" doing="Redriving, editing, releasing or discarding" />
      <Problem error={error} />
      <section aria-labelledby="letters-title">
        <header class="line">
          <h2 id="letters-title">Dead letters</h2>
          <span role="status" aria-busy={isLoading}>
            {value && `${plural(letters.length, 'dead letter')} shown`}
          </span>
          <button
            type="button"
            disabled={!isOperator.value}
            aria-describedby={isOperator.value ? undefined : 'letters-hint'}
            onClick={() =>
              setChosen({
                title: narrowed === '' ? 'all dead letters' : `all of ${narrowed}`,
                body:
                  narrowed === ''
                    ? { all: true }
                    : {
                        ...(filter.topic && { topic: filter.topic }),
                        ...(filter.group && { group: filter.group }),
                      },
              })
            }
          >
            Redrive all{narrowed === '' ? '' : ' of this filter’s topic and group'}…
          </button>
        </header>
        <LettersTable letters={letters} onRedrive={setChosen} onEdit={setEdited} />
        {value?.next && (
          <button type="button" class="secondary" onClick={more}>
            Older ones
          </button>
        )}
      </section>
      <Parked filter={filter} />
      {chosen && <RedriveDialog chosen={chosen} onClose={() => setChosen(null)} onDone={restart} />}
      {edited && <EditDialog letter={edited} onClose={() => setEdited(null)} onDone={restart} />}
    </>
  );
}
