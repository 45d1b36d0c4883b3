import { useState } from 'preact/hooks';
import { createList, fetchLists, type ListKind } from '../../api/lists';
import type { TweetList } from '../../api/types';
import { ListDialog } from '../../components/lists/ListDialog';
import { EmptyState } from '../../components/ui/Feedback';
import { ListView } from '../../components/ui/ListView';
import { PageHeader } from '../../components/ui/PageHeader';
import { listPath } from '../../lib/paths';
import { navigate } from '../../lib/router';
import { useTitle } from '../../state/hooks';
import { usePagedList } from '../../state/lists';
import { me } from '../../state/session';

const idOf = (list: TweetList): string => list.id;
interface Tab {
  kind: ListKind;
  path: string;
  title: string;
  empty: string;
}

const OWNED: Tab = { kind: 'owned_lists', path: '/lists', title: 'Yours', empty: 'No lists yet' };
const TABS: Tab[] = [
  OWNED,
  { kind: 'pinned_lists', path: '/lists/pinned', title: 'Pinned', empty: 'No pinned lists' },
  {
    kind: 'followed_lists',
    path: '/lists/followed',
    title: 'Followed',
    empty: 'No followed lists',
  },
];

function Row({ list }: { list: TweetList }) {
  return (
    <a class="list-row" href={listPath(list.id)} data-testid="list-row">
      <strong dir="auto">{list.name}</strong>
      <span class="muted">
        {list.private ? 'Private · ' : ''}
        {list.member_count === 1 ? '1 member' : `${list.member_count ?? 0} members`}
      </span>
      {list.description && <span dir="auto">{list.description}</span>}
    </a>
  );
}

function Lists({ kind, empty }: { kind: ListKind; empty: string }) {
  const meId = me.value?.id ?? '';
  const list = usePagedList(
    `lists:${kind}`,
    async (token) => {
      const answer = await fetchLists(meId, kind, token);
      return { items: answer.data ?? [], next: answer.meta?.next_token };
    },
    idOf,
  );
  return (
    <ListView
      list={list}
      render={(one) => <Row key={one.id} list={one} />}
      empty={<EmptyState icon="list" title={empty} />}
    />
  );
}

export function ListsPage({ tab }: { tab?: string }) {
  useTitle('Lists');
  const [making, setMaking] = useState(false);
  const path = tab ? `/lists/${tab}` : '/lists';
  const shown = TABS.find((one) => one.path === path) ?? OWNED;
  return (
    <>
      <PageHeader title="Lists" />
      <div class="list-actions">
        <button
          type="button"
          class="button button-primary"
          data-testid="list-new"
          onClick={() => setMaking(true)}
        >
          New list
        </button>
      </div>
      <nav class="tabs" aria-label="Lists">
        {TABS.map((one) => (
          <a key={one.kind} href={one.path} aria-current={one === shown ? 'page' : undefined}>
            {one.title}
          </a>
        ))}
      </nav>
      <Lists key={shown.kind} kind={shown.kind} empty={shown.empty} />
      {making && (
        <ListDialog
          title="New list"
          start={{ name: '', description: '', private: false }}
          onSave={async (draft) => navigate(listPath(await createList(draft)))}
          onClose={() => setMaking(false)}
        />
      )}
    </>
  );
}
