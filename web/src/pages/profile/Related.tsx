import { fetchRelated, type Relation } from '../../api/users';
import { SuspendedState } from '../../components/profile/Suspended';
import { UserRow } from '../../components/profile/UserRow';
import { EmptyState, ErrorState, Skeleton } from '../../components/ui/Feedback';
import { ListView } from '../../components/ui/ListView';
import { PageHeader } from '../../components/ui/PageHeader';
import { profilePath } from '../../lib/paths';
import { useTitle } from '../../state/hooks';
import { listKeys, usePagedList } from '../../state/lists';
import { useProfile } from '../../state/profile';
import { putUsers } from '../../state/store';

const sameId = (id: string): string => id;
const WORDS = {
  followers: { title: 'Followers', empty: 'No followers yet' },
  following: { title: 'Following', empty: 'Not following anyone yet' },
};

function People({ id, relation }: { id: string; relation: Relation }) {
  const list = usePagedList(
    listKeys.related(id, relation),
    async (token) => {
      const answer = await fetchRelated(id, relation, token);
      putUsers(answer.data);
      return {
        items: (answer.data ?? []).map((user) => user.id),
        next: answer.meta?.next_token,
      };
    },
    sameId,
  );
  return (
    <ListView
      list={list}
      render={(user) => <UserRow key={user} id={user} />}
      empty={<EmptyState icon="user" title={WORDS[relation].empty} />}
    />
  );
}

export function RelatedPage({ username, relation }: { username: string; relation: Relation }) {
  const { user, error, suspended, load } = useProfile(username);
  const { title } = WORDS[relation];
  useTitle(`${title} of @${username}`);
  const path = profilePath(username);
  return (
    <>
      <PageHeader title={user?.name ?? `@${username}`} note={`@${username}`} back />
      <nav class="tabs" aria-label="Relations">
        {(['followers', 'following'] as const).map((name) => (
          <a
            key={name}
            href={`${path}/${name}`}
            aria-current={name === relation ? 'page' : undefined}
          >
            {WORDS[name].title}
          </a>
        ))}
      </nav>
      {suspended ? (
        <SuspendedState username={username} />
      ) : error ? (
        <ErrorState failure={error} onRetry={load} />
      ) : user ? (
        <People id={user.id} relation={relation} />
      ) : (
        <Skeleton />
      )}
    </>
  );
}
