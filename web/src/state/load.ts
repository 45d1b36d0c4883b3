import { useEffect, useState } from 'preact/hooks';
import { type Failure, failureOf } from '../api/http';

export interface Loaded<T> {
  data: T | null;
  error: Failure | null;
  reload: () => void;
}

/** Reads something when the page opens, and again on request. */
export function useLoaded<T>(read: () => Promise<T>): Loaded<T> {
  const [data, setData] = useState<T | null>(null);
  const [error, setError] = useState<Failure | null>(null);
  const reload = (): void => {
    setError(null);
    read()
      .then(setData)
      .catch((cause: unknown) => setError(failureOf(cause)));
  };
  useEffect(reload, []);
  return { data, error, reload };
}
