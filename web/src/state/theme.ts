import { computed, effect, signal } from '@preact/signals';

type Theme = 'light' | 'dark';
const KEY = 'rookery.theme';
const system = matchMedia('(prefers-color-scheme: dark)');

function stored(): Theme | null {
  const value = document.documentElement.dataset.theme;
  return value === 'light' || value === 'dark' ? value : null;
}

const systemDark = signal(system.matches);
system.addEventListener('change', (event) => {
  systemDark.value = event.matches;
});

const chosen = signal<Theme | null>(stored());

export const theme = computed<Theme>(() => chosen.value ?? (systemDark.value ? 'dark' : 'light'));

export function toggleTheme(): void {
  chosen.value = theme.peek() === 'dark' ? 'light' : 'dark';
  try {
    localStorage.setItem(KEY, chosen.value);
  } catch {
    // The choice then lasts until the page is left.
  }
}

effect(() => {
  if (chosen.value) document.documentElement.dataset.theme = chosen.value;
});
