import { computed, signal } from '@preact/signals';

export const views = ['map', 'story', 'events', 'dead-letters'] as const;
export type ViewName = (typeof views)[number];

export interface Route {
  readonly view: ViewName;
  readonly parameters: URLSearchParams;
}

const address = signal(location.hash);
addEventListener('hashchange', () => (address.value = location.hash));

/** Where the reader is: `#/<view>?<parameters>`. */
export const route = computed<Route>(() => {
  const [path = '', query = ''] = address.value.replace(/^#\/?/, '').split('?');
  return { view: views.find((view) => view === path) ?? 'map', parameters: new URLSearchParams(query) };
});

/** The address of a view; parameters that are empty are left out. */
export function hrefOf(view: ViewName, parameters: Readonly<Record<string, string | null>> = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value) query.set(name, value);
  return query.size > 0 ? `#/${view}?${query}` : `#/${view}`;
}

export function go(view: ViewName, parameters: Readonly<Record<string, string | null>> = {}): void {
  location.hash = hrefOf(view, parameters);
}
