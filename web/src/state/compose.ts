import { signal } from '@preact/signals';

/** What the compose dialog is open for: a new tweet, or a comment on another one. */
export const composing = signal<{ quote?: string } | null>(null);

export function openComposer(quote?: string): void {
  composing.value = { quote };
}

export function closeComposer(): void {
  composing.value = null;
}

/**
 * Texts not sent yet, by context, so that closing a dialog, leaving a page or reloading it loses
 * nothing. They end with the tab, and with the session.
 */
const KEY = 'rookery-unsent:';

export const keptText = (context: string): string => sessionStorage.getItem(KEY + context) ?? '';

export function keepText(context: string, text: string): void {
  if (text) sessionStorage.setItem(KEY + context, text);
  else sessionStorage.removeItem(KEY + context);
}

export function forgetTexts(): void {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith(KEY)) sessionStorage.removeItem(key);
  }
}
