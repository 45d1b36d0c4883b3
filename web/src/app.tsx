import type { ComponentType } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { errorText } from './api/http';
import { tokens } from './api/tokens';
import { AuthLayout } from './components/shell/AuthLayout';
import { ErrorState, Skeleton } from './components/ui/Feedback';
import { Shell } from './components/shell/Shell';
import { navigate, place, savedScroll } from './lib/router';
import { closeComposer } from './state/compose';
import { loadMe, me } from './state/session';
import { AppPage, AppsPage } from './pages/settings/Apps';
import { CasePage } from './pages/moderation/Case';
import { CrawlPage } from './pages/crawl/Crawl';
import { CrawlsPage } from './pages/crawl/Crawls';
import { EmailUndoPage } from './pages/account/EmailUndo';
import { BookmarksPage } from './pages/lists/Bookmarks';
import { HomePage } from './pages/tweet/Home';
import { ListPage } from './pages/lists/List';
import { ListsPage } from './pages/lists/Lists';
import { LoginPage } from './pages/account/Login';
import { ModeratedAccountPage } from './pages/moderation/ModeratedAccount';
import { ModerationPage } from './pages/moderation/Moderation';
import { NotFoundPage } from './pages/NotFound';
import { NotificationsPage } from './pages/Notifications';
import { OutboxPage } from './pages/account/Outbox';
import { PlannedPage } from './pages/tweet/Planned';
import { ProfilePage } from './pages/profile/Profile';
import { RegisterPage } from './pages/account/Register';
import { RelatedPage } from './pages/profile/Related';
import { ResetPage } from './pages/account/Reset';
import { SettingsPage } from './pages/settings/Settings';
import { TweetPage } from './pages/tweet/Tweet';
import { VerifyPage } from './pages/account/Verify';

type Params = Record<string, string>;
// Pages take the named groups of their pattern as props, which no single type can state.
type Page = ComponentType<any>;

const open: [RegExp, Page][] = [
  [/^\/login\/?$/, LoginPage],
  [/^\/register\/?$/, RegisterPage],
  [/^\/verify\/?$/, VerifyPage],
  [/^\/reset\/?$/, ResetPage],
  [/^\/email-undo\/?$/, EmailUndoPage],
  [/^\/dev\/outbox\/?$/, OutboxPage],
];

const guarded: [RegExp, Page][] = [
  [/^\/$/, HomePage],
  [/^\/notifications\/?$/, NotificationsPage],
  [/^\/bookmarks(?:\/(?<folder>\d+))?\/?$/, BookmarksPage],
  [/^\/lists(?:\/(?<tab>pinned|followed))?\/?$/, ListsPage],
  [/^\/lists\/(?<id>\d+)(?:\/(?<tab>members))?\/?$/, ListPage],
  [/^\/planned\/?$/, PlannedPage],
  [/^\/planned\/(?<kind>drafts)\/?$/, PlannedPage],
  [/^\/crawls\/?$/, CrawlsPage],
  [/^\/crawls\/(?<id>[^/]+)\/?$/, CrawlPage],
  [/^\/moderation\/reports\/(?<id>(?:user|tweet)-\d+)\/?$/, CasePage],
  [/^\/moderation\/users\/(?<name>@\w+|\d+)\/?$/, ModeratedAccountPage],
  [/^\/moderation(?:\/(?<section>open|claimed|audit))?\/?$/, ModerationPage],
  [/^\/settings\/developer\/?$/, AppsPage],
  [/^\/settings\/developer\/(?<id>[\w-]+)\/?$/, AppPage],
  [/^\/settings(?:\/(?<section>\w+))?\/?$/, SettingsPage],
  [/^\/@(?<username>\w+)\/?$/, ProfilePage],
  [/^\/@(?<username>\w+)\/(?<relation>followers|following)\/?$/, RelatedPage],
  [/^\/(?:@\w+\/)?status\/(?<id>\d+)\/?$/, TweetPage],
];

function find(table: [RegExp, Page][], path: string): { page: Page; params: Params } | null {
  for (const [pattern, page] of table) {
    const match = pattern.exec(path);
    if (match) return { page, params: { ...match.groups } };
  }
  return null;
}

/** Loads the own account before any page that needs it. */
function Guarded({ path }: { path: string }) {
  const [error, setError] = useState<string | null>(null);
  const load = (): void => {
    setError(null);
    loadMe().catch((cause: unknown) => setError(errorText(cause)));
  };
  useEffect(() => {
    if (!me.peek()) load();
  }, []);

  const { page: Found, params } = find(guarded, path) ?? { page: NotFoundPage, params: {} };
  return (
    <Shell>
      {me.value ? (
        <Found key={path} {...params} />
      ) : error ? (
        <ErrorState text={error} onRetry={load} />
      ) : (
        <Skeleton rows={7} />
      )}
    </Shell>
  );
}

/** Puts scroll and focus where a new page load would. */
function useArrival(): void {
  const { key, kind } = place.value;
  const first = useRef(true);
  useLayoutEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    closeComposer();
    scrollTo(0, kind === 'pop' ? savedScroll(key) : 0);
    document.getElementById('main')?.focus({ preventScroll: true });
  }, [key, kind]);
}

export function App() {
  const { path, query } = place.value;
  const signedIn = tokens.value !== null;
  const publicPage = find(open, path);
  const mustLogIn = !signedIn && find(guarded, path) !== null;
  useArrival();

  useEffect(() => {
    // Logging out moves on by itself; that move must not be overridden.
    if (!mustLogIn || place.peek().path !== path) return;
    const target = path + (query.size > 0 ? `?${query}` : '');
    navigate(target === '/' ? '/login' : `/login?next=${encodeURIComponent(target)}`, {
      replace: true,
    });
  }, [mustLogIn, path]);

  if (publicPage) return <publicPage.page key={path} {...publicPage.params} />;
  if (mustLogIn) return null;
  return signedIn ? (
    <Guarded path={path} />
  ) : (
    <AuthLayout title="Nothing here">
      <NotFoundPage />
    </AuthLayout>
  );
}
