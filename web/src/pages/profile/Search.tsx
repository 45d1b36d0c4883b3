import { useEffect, useState } from 'preact/hooks';
import { searchUsers } from '../../api/users';
import { PeopleToFollow } from '../../components/profile/PeopleToFollow';
import { SearchBox } from '../../components/profile/SearchBox';
import { UserRow } from '../../components/profile/UserRow';
import { EmptyState } from '../../components/ui/Feedback';
import { ListView } from '../../components/ui/ListView';
import { PageHeader } from '../../components/ui/PageHeader';
import { searchPath } from '../../lib/paths';
import { correctAddress, place } from '../../lib/router';
import { useTitle } from '../../state/hooks';
import { usePagedList } from '../../state/lists';
import { putUsers } from '../../state/store';

const sameId = (id: string): string => id;
/** People who type are left alone for so long. */
const PAUSE_MS = 300;

function Results({ query }: { query: string }) {
  const list = usePagedList(
    `search:${query}`,
    async (token) => {
      const answer = await searchUsers(query, token);
      putUsers(answer.data);
      return {
        items: (answer.data ?? []).map((user) => user.id),
        next: answer.meta?.next_token,
      };
    },
    sameId,
  );
  const count = list.items.value.length;
  const done = list.status.value === 'ready' && list.error.value === null;
  const some = list.next.value === undefined ? `${count}` : `${count} or more`;
  return (
    <section aria-label="People found" data-testid="search-results">
      <p class="visually-hidden" role="status">
        {done ? `${some} ${count === 1 ? 'person' : 'people'} found` : ''}
      </p>
      <ListView
        list={list}
        render={(user) => <UserRow key={user} id={user} />}
        empty={
          <EmptyState icon="search" title="Nobody of that name">
            <p>
              {[...query].length === 1
                ? 'One letter finds only people who are called so: type another one.'
                : 'Names and usernames are searched by the beginnings of their words.'}
            </p>
          </EmptyState>
        }
      />
    </section>
  );
}

/** People by their names, as one types; the address keeps the words for going back. */
export function SearchPage() {
  const asked = place.value.query.get('q') ?? '';
  const [text, setText] = useState(asked);
  const [query, setQuery] = useState(asked.trim());
  useTitle(query ? `${query} / Search` : 'Search');

  useEffect(() => {
    setText(asked);
    setQuery(asked.trim());
  }, [asked]);
  const search = (): void => {
    setQuery(text.trim());
    correctAddress(searchPath(text.trim()));
  };
  useEffect(() => {
    if (text.trim() === query) return undefined;
    const timer = window.setTimeout(search, PAUSE_MS);
    return () => window.clearTimeout(timer);
  }, [text, query]);

  return (
    <>
      <PageHeader title="Search" />
      <div class="search-bar">
        <SearchBox value={text} onInput={setText} onSearch={search} focus={asked === ''} />
      </div>
      {query ? (
        <Results key={query} query={query} />
      ) : (
        <PeopleToFollow title="People to follow" most={10} />
      )}
    </>
  );
}
