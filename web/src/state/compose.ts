import { signal } from '@preact/signals';

/** What the compose dialog is open for: a new tweet, or a comment on another one. */
export const composing = signal<{ quote?: string } | null>(null);

export function openComposer(quote?: string): void {
  composing.value = { quote };
}

export function closeComposer(): void {
  composing.value = null;
}

/** Texts not sent yet, by context, so that closing a dialog or leaving a page loses nothing. */
export const drafts = new Map<string, string>();
