import type { User } from '../../api/types';

/** The name of an account, isolated: its direction must not reorder the words around it. */
export function Name({ user }: { user: Pick<User, 'name'> | undefined }) {
  return <bdi>{user?.name ?? 'Unknown'}</bdi>;
}
