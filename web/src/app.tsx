import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { type Failure, failureOf } from './api/http';
import { tokens } from './api/tokens';
import { AuthLayout } from './components/shell/AuthLayout';
import { Shell } from './components/shell/Shell';
import { ErrorState, Skeleton } from './components/ui/Feedback';
import { navigate, place, savedScroll } from './lib/router';
import { NotFoundPage } from './pages/NotFound';
import { guardedPage, openPage } from './routes';
import { closeComposer } from './state/compose';
import { loadMe, me } from './state/session';

/** Loads the own account before any page that needs it. */
function Guarded({ path }: { path: string }) {
  const [error, setError] = useState<Failure | null>(null);
  const load = (): void => {
    setError(null);
    loadMe().catch((cause: unknown) => setError(failureOf(cause)));
  };
  useEffect(() => {
    if (!me.peek()) load();
  }, []);

  const { page: Found, params } = guardedPage(path) ?? { page: NotFoundPage, params: {} };
  return (
    <Shell>
      {me.value ? (
        <Found key={path} {...params} />
      ) : error ? (
        <ErrorState failure={error} onRetry={load} />
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
  const publicPage = openPage(path);
  const mustLogIn = !signedIn && guardedPage(path) !== null;
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
