import type { ComponentChildren } from 'preact';
import type { Loaded } from '../../state/load';
import { ErrorState, Skeleton } from '../ui/Feedback';

/** What was read, or why not yet. */
export function Loading<T>({
  loaded,
  children,
}: {
  loaded: Loaded<T>;
  children: (data: T) => ComponentChildren;
}) {
  if (loaded.data !== null) return <>{children(loaded.data)}</>;
  if (loaded.error) return <ErrorState failure={loaded.error} onRetry={loaded.reload} />;
  return <Skeleton rows={3} />;
}
