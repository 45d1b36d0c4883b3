import { useEffect, useState } from 'preact/hooks';
import { errorText, type Failure, failureOf } from '../../api/http';
import {
  addMember,
  deleteList,
  fetchList,
  fetchLists,
  fetchMembers,
  relateToList,
  removeMember,
  updateList,
} from '../../api/lists';
import { fetchListTweets } from '../../api/tweets';
import type { TweetList } from '../../api/types';
import { fetchUserByName } from '../../api/users';
import { ListDialog } from '../../components/lists/ListDialog';
import { UserRow } from '../../components/profile/UserRow';
import { TweetArticle } from '../../components/tweet/Article';
import { ConfirmDialog } from '../../components/ui/Dialog';
import { EmptyState, ErrorState, FormError, Skeleton } from '../../components/ui/Feedback';
import { ListView } from '../../components/ui/ListView';
import { PageHeader } from '../../components/ui/PageHeader';
import { listPath } from '../../lib/paths';
import { navigate } from '../../lib/router';
import { isolated } from '../../lib/text/isolation';
import { useTitle } from '../../state/hooks';
import { usePagedList } from '../../state/lists';
import { me } from '../../state/session';
import { putTweets, putUsers } from '../../state/store';
import { showToast } from '../../state/toasts';

const sameId = (id: string): string => id;

function Tweets({ id }: { id: string }) {
  const list = usePagedList(
    `list:${id}`,
    async (token) => {
      const answer = await fetchListTweets(id, { token });
      putTweets(answer.data, answer.includes);
      return { items: (answer.data ?? []).map((one) => one.id), next: answer.meta?.next_token };
    },
    sameId,
  );
  return (
    <ListView
      list={list}
      render={(tweet) => <TweetArticle key={tweet} id={tweet} />}
      empty={<EmptyState icon="list" title="Its members have not tweeted yet" />}
    />
  );
}

function Members({ id, own }: { id: string; own: boolean }) {
  const [name, setName] = useState('');
  const [error, setError] = useState<string | null>(null);
  const list = usePagedList(
    `list-members:${id}`,
    async (token) => {
      const answer = await fetchMembers(id, token);
      putUsers(answer.data);
      return { items: (answer.data ?? []).map((one) => one.id), next: answer.meta?.next_token };
    },
    sameId,
  );
  const add = async (): Promise<void> => {
    setError(null);
    try {
      const user = await fetchUserByName(name.trim().replace(/^@/, ''));
      await addMember(id, user.id);
      putUsers([user]);
      list.add([user.id], 'start');
      setName('');
    } catch (cause) {
      setError(errorText(cause));
    }
  };
  const remove = async (user: string): Promise<void> => {
    try {
      await removeMember(id, user);
      list.items.value = list.items.peek().filter((one) => one !== user);
    } catch (cause) {
      showToast(errorText(cause), 'error');
    }
  };
  return (
    <>
      {own && (
        <form
          class="list-add"
          onSubmit={(event) => {
            event.preventDefault();
            void add();
          }}
        >
          <input
            value={name}
            placeholder="@username"
            aria-label="Username to add"
            autocapitalize="none"
            data-testid="member-name"
            onInput={(event) => setName(event.currentTarget.value)}
          />
          <button type="submit" class="button" disabled={!name.trim()} data-testid="member-add">
            Add
          </button>
          <FormError text={error} />
        </form>
      )}
      <ListView
        list={list}
        render={(user) => (
          <div key={user} class="list-member" data-testid="list-member">
            <UserRow id={user} />
            {own && (
              <button
                type="button"
                class="link-button"
                data-testid="member-remove"
                onClick={() => void remove(user)}
              >
                Remove from list
              </button>
            )}
          </div>
        )}
        empty={<EmptyState icon="user" title="Nobody is on this list yet" />}
      />
    </>
  );
}

export function ListPage({ id, tab }: { id: string; tab?: string }) {
  const [list, setList] = useState<TweetList | null>(null);
  const [on, setOn] = useState({ pinned_lists: false, followed_lists: false });
  const [error, setError] = useState<Failure | null>(null);
  const [dialog, setDialog] = useState<'edit' | 'delete' | null>(null);
  const meId = me.value?.id ?? '';
  useTitle(list ? isolated(list.name) : 'List');
  const load = async (): Promise<void> => {
    setError(null);
    try {
      const [found, pinned, followed] = await Promise.all([
        fetchList(id),
        fetchLists(meId, 'pinned_lists'),
        fetchLists(meId, 'followed_lists'),
      ]);
      const has = (lists?: TweetList[]): boolean => Boolean(lists?.some((one) => one.id === id));
      setOn({ pinned_lists: has(pinned.data), followed_lists: has(followed.data) });
      setList(found);
    } catch (cause) {
      setError(failureOf(cause));
    }
  };
  useEffect(() => void load(), [id]);
  if (error) return <ErrorState failure={error} onRetry={() => void load()} />;
  if (!list) return <Skeleton />;
  const own = list.owner_id === meId;
  const toggle = async (kind: 'pinned_lists' | 'followed_lists'): Promise<void> => {
    try {
      await relateToList(meId, id, kind, !on[kind]);
      setOn({ ...on, [kind]: !on[kind] });
    } catch (cause) {
      showToast(errorText(cause), 'error');
    }
  };
  const remove = async (): Promise<void> => {
    try {
      await deleteList(id);
      navigate('/lists', { replace: true });
    } catch (cause) {
      showToast(errorText(cause), 'error');
    }
  };
  return (
    <>
      <PageHeader title={list.name} note={list.private ? 'Private list' : 'List'} back />
      {list.description && (
        <p class="list-description" dir="auto">
          {list.description}
        </p>
      )}
      <div class="list-actions">
        {!own && (
          <button
            type="button"
            class="button"
            data-testid="list-follow"
            onClick={() => void toggle('followed_lists')}
          >
            {on.followed_lists ? 'Unfollow' : 'Follow'}
          </button>
        )}
        <button
          type="button"
          class="button"
          data-testid="list-pin"
          onClick={() => void toggle('pinned_lists')}
        >
          {on.pinned_lists ? 'Unpin' : 'Pin'}
        </button>
        {own && (
          <>
            <button
              type="button"
              class="button"
              data-testid="list-edit"
              onClick={() => setDialog('edit')}
            >
              Edit
            </button>
            <button
              type="button"
              class="button button-danger"
              data-testid="list-delete"
              onClick={() => setDialog('delete')}
            >
              Delete
            </button>
          </>
        )}
      </div>
      <nav class="tabs" aria-label="List">
        <a href={listPath(id)} aria-current={tab ? undefined : 'page'}>
          Tweets
        </a>
        <a href={`${listPath(id)}/members`} aria-current={tab ? 'page' : undefined}>
          Members
        </a>
      </nav>
      {tab ? <Members id={id} own={own} /> : <Tweets id={id} />}
      {dialog === 'edit' && (
        <ListDialog
          title="Edit list"
          start={{
            name: list.name,
            description: list.description ?? '',
            private: Boolean(list.private),
          }}
          onSave={async (draft) => {
            await updateList(id, draft);
            setList({ ...list, ...draft });
          }}
          onClose={() => setDialog(null)}
        />
      )}
      {dialog === 'delete' && (
        <ConfirmDialog
          title="Delete this list?"
          text="Its members and followers lose it. Nobody’s tweets are touched."
          action="Delete"
          onConfirm={() => void remove()}
          onClose={() => setDialog(null)}
        />
      )}
    </>
  );
}
