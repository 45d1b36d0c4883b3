import { useEffect, useState } from 'preact/hooks';
import { ApiError, type Failure, failureOf, isSuspension } from '../api/http';
import { fetchUserByName } from '../api/users';
import { me } from './session';
import { putProfile, userRef } from './store';

/** Resolves the name in the address to an account. */
export function useProfile(username: string) {
  const [id, setId] = useState<string | null>(() => {
    const own = me.peek();
    return own && own.username.toLowerCase() === username.toLowerCase() ? own.id : null;
  });
  const [error, setError] = useState<Failure | null>(null);
  const [suspended, setSuspended] = useState(false);
  const load = (): void => {
    setError(null);
    setSuspended(false);
    fetchUserByName(username)
      .then((user) => {
        putProfile(user);
        setId(user.id);
      })
      .catch((cause: unknown) => {
        const missing = cause instanceof ApiError && cause.status === 404;
        setSuspended(isSuspension(cause));
        const text = `There is no account called @${username}.`;
        setError(missing ? { text, final: true } : failureOf(cause));
      });
  };
  useEffect(load, [username]);
  return { user: id ? userRef(id).value : undefined, error, suspended, load };
}
