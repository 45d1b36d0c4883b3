import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { errorText } from '../../api/http';
import { answerRequest, fetchHeld, fetchRequests, type Held } from '../../api/relations';
import type { UserPage } from '../../api/types';
import { listKeys, type PagedList, usePagedList } from '../../state/lists';
import { holds, toggleHeld } from '../../state/relations';
import { me } from '../../state/session';
import { putUsers, userRef } from '../../state/store';
import { showToast } from '../../state/toasts';
import { UserRow } from '../profile/UserRow';
import { EmptyState } from '../ui/Feedback';
import { Card } from '../ui/Form';
import { ListView } from '../ui/ListView';

const sameId = (id: string): string => id;

function usePeople(
  me: string,
  kind: string,
  read: (token?: string) => Promise<UserPage>,
): PagedList<string> {
  return usePagedList(
    listKeys.related(me, kind),
    async (token) => {
      const answer = await read(token);
      putUsers(answer.data);
      return { items: (answer.data ?? []).map((user) => user.id), next: answer.meta?.next_token };
    },
    sameId,
  );
}

function People({
  list,
  empty,
  act,
}: {
  list: PagedList<string>;
  empty: ComponentChildren;
  act: (id: string) => ComponentChildren;
}) {
  return (
    <ListView
      list={list}
      empty={empty}
      render={(id) => <UserRow key={id} id={id} compact act={act(id)} />}
    />
  );
}

const HELD: Record<Held, { title: string; text: string; empty: string; on: string; off: string }> =
  {
    blocking: {
      title: 'Blocked',
      text: 'You and they neither follow nor see each other.',
      empty: 'You have not blocked anyone',
      on: 'Block',
      off: 'Unblock',
    },
    muting: {
      title: 'Muted',
      text: 'Their tweets stay out of your timelines and notifications. They do not know.',
      empty: 'You have not muted anyone',
      on: 'Mute',
      off: 'Unmute',
    },
  };

/** Stays in the list after a change, so that a slip can be taken back. */
function HeldButton({ viewer, id, held }: { viewer: string; id: string; held: Held }) {
  const user = userRef(id).value;
  const on = holds(user, held);
  const label = on ? HELD[held].off : HELD[held].on;
  return (
    <button
      type="button"
      class={on ? 'button' : 'button button-danger-soft'}
      aria-label={`${label} @${user?.username}`}
      onClick={() => void toggleHeld(viewer, id, held)}
    >
      {label}
    </button>
  );
}

function HeldCard({ viewer, held }: { viewer: string; held: Held }) {
  const { title, text, empty } = HELD[held];
  const list = usePeople(viewer, held, (token) => fetchHeld(viewer, held, token));
  return (
    <Card title={title} text={text}>
      <div data-testid={`people-${held}`}>
        <People
          list={list}
          empty={<EmptyState icon={held === 'blocking' ? 'block' : 'mute'} title={empty} />}
          act={(id) => <HeldButton viewer={viewer} id={id} held={held} />}
        />
      </div>
    </Card>
  );
}

export function HeldSection() {
  const viewer = me.value;
  if (!viewer) return null;
  return (
    <>
      <HeldCard viewer={viewer.id} held="muting" />
      <HeldCard viewer={viewer.id} held="blocking" />
    </>
  );
}

function Answer({ id, onDone }: { id: string; onDone: () => void }) {
  const [busy, setBusy] = useState(false);
  const username = userRef(id).value?.username;
  const answer = async (what: 'approve' | 'deny'): Promise<void> => {
    setBusy(true);
    try {
      await answerRequest(id, what);
      showToast(
        what === 'approve'
          ? `@${username} follows you now.`
          : 'The request is gone; they are not told.',
      );
      onDone();
    } catch (cause) {
      setBusy(false);
      showToast(errorText(cause), 'error');
    }
  };
  return (
    <span class="row-acts">
      {(['approve', 'deny'] as const).map((what) => (
        <button
          key={what}
          type="button"
          class={what === 'approve' ? 'button button-primary' : 'button'}
          aria-label={`${what === 'approve' ? 'Approve' : 'Deny'} @${username}`}
          disabled={busy}
          data-testid={`request-${what}`}
          onClick={() => void answer(what)}
        >
          {what === 'approve' ? 'Approve' : 'Deny'}
        </button>
      ))}
    </span>
  );
}

export function RequestsSection() {
  const viewer = me.value;
  const list = usePeople(viewer?.id ?? '', 'requests', fetchRequests);
  return (
    <Card
      title="People who ask to follow you"
      text={
        viewer?.protected
          ? 'Only who you approve sees your tweets.'
          : 'Requests come while your account is protected.'
      }
    >
      <div data-testid="follow-requests">
        <People
          list={list}
          empty={<EmptyState icon="user" title="Nobody waits for an answer" />}
          act={(id) => (
            <Answer
              id={id}
              onDone={() => {
                list.items.value = list.items.peek().filter((one) => one !== id);
              }}
            />
          )}
        />
      </div>
    </Card>
  );
}
