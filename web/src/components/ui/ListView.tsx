import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { PagedList } from '../../state/lists';
import { ErrorState, Skeleton } from './Feedback';

/** Shows a paged list in all its states and loads on when its end comes into view. */
export function ListView<T>({
  list,
  render,
  empty,
}: {
  list: PagedList<T>;
  render: (item: T) => ComponentChildren;
  empty: ComponentChildren;
}) {
  const end = useRef<HTMLDivElement>(null);
  const items = list.items.value;
  const loading = list.status.value !== 'ready';
  const error = list.error.value;
  const failure = error === null ? null : { text: error, final: list.final.value };
  const hasMore = list.next.value !== undefined;

  useEffect(() => {
    const sentinel = end.current;
    // After an error only the button goes on; the observer would retry without pause.
    if (!sentinel || !hasMore || loading || error) return undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) void list.more();
      },
      { rootMargin: '600px' },
    );
    observer.observe(sentinel);
    return () => observer.disconnect();
  }, [list, hasMore, loading, error]);

  if (items.length === 0) {
    if (loading) return <Skeleton />;
    if (failure) return <ErrorState failure={failure} onRetry={() => void list.reload()} />;
    return <>{empty}</>;
  }
  return (
    <>
      {items.map(render)}
      <div ref={end} />
      {failure && <ErrorState failure={failure} onRetry={() => void list.more()} />}
      {!error && loading && <Skeleton rows={2} />}
      {!error && !loading && hasMore && (
        <button type="button" class="show-more" onClick={() => void list.more()}>
          Show more
        </button>
      )}
      {!hasMore && !loading && <p class="list-end">You have reached the end.</p>}
    </>
  );
}
