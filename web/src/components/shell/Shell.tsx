import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect } from 'preact/hooks';
import { searchPath } from '../../lib/paths';
import { navigate } from '../../lib/router';
import { composing, openComposer } from '../../state/compose';
import { usePolling, useUnreadIcon } from '../../state/hooks';
import { onPush, renewPush } from '../../state/push';
import { pollInterval, pollUpdates } from '../../state/updates';
import { ComposeDialog } from '../compose/Dialog';
import { Aside } from './Aside';
import { Nav } from './Nav';
import { Toasts } from './Toasts';

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable]')
  );
}

const SHORTCUTS: Record<string, () => void> = {
  n: () => openComposer(),
  '/': () => navigate(searchPath()),
};

function useShortcuts(): void {
  // Before the page is painted: who sees it may press a key.
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (composing.peek() || document.querySelector('dialog[open]')) return;
      const act = SHORTCUTS[event.key];
      if (!act) return;
      // Otherwise the letter itself would land in the field that gets the focus.
      event.preventDefault();
      act();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}

/** The frame of every page behind login: navigation, content, discovery column. */
export function Shell({ children }: { children: ComponentChildren }) {
  useShortcuts();
  useEffect(() => {
    pollUpdates().catch(() => undefined);
  }, []);
  usePolling(pollUpdates, pollInterval());
  useEffect(() => {
    renewPush().catch(() => undefined);
    return onPush(() => void pollUpdates().catch(() => undefined));
  }, []);
  useUnreadIcon();

  return (
    <div class="shell">
      <a class="skip-link" href="#main">
        Skip to content
      </a>
      <Nav />
      <main class="main" id="main" tabIndex={-1}>
        {children}
      </main>
      <Aside />
      <ComposeDialog />
      <Toasts />
    </div>
  );
}
