import { effect, signal } from '@preact/signals';

const STORED_AS = 'naru-theme';
const system = matchMedia('(prefers-color-scheme: dark)');

/** What the reader chose, else null: as the system has it. */
const chosen = signal(localStorage.getItem(STORED_AS));
const systemIsDark = signal(system.matches);
system.addEventListener('change', ({ matches }) => (systemIsDark.value = matches));

export const theme = signal<'dark' | 'light'>('light');
effect(() => {
  theme.value = (chosen.value ?? (systemIsDark.value ? 'dark' : 'light')) === 'dark' ? 'dark' : 'light';
  document.documentElement.dataset['theme'] = theme.value;
});

export function toggleTheme(): void {
  chosen.value = theme.value === 'dark' ? 'light' : 'dark';
  localStorage.setItem(STORED_AS, chosen.value);
}

const motion = matchMedia('(prefers-reduced-motion: reduce)');
export const isMotionReduced = signal(motion.matches);
motion.addEventListener('change', ({ matches }) => (isMotionReduced.value = matches));
