import { useId, useState } from 'preact/hooks';
import { errorText } from '../../api/http';
import {
  changePlanned,
  dropPlanned,
  fetchPlanned,
  type Planned,
  type PlannedKind,
} from '../../api/planned';
import { postBody } from '../../api/tweets';
import { EmptyState } from '../../components/ui/Feedback';
import { ListView } from '../../components/ui/ListView';
import { PageHeader } from '../../components/ui/PageHeader';
import { Time } from '../../components/ui/Time';
import { localTime } from '../../lib/format';
import { tweetPath } from '../../lib/paths';
import { useTitle } from '../../state/hooks';
import { usePagedList } from '../../state/lists';
import { showToast } from '../../state/toasts';

const idOf = (item: Planned): string => item.id;

function words(item: Planned): string {
  if (item.status === 'failed') return `Not posted: ${item.failure ?? 'unknown reason'}`;
  return { draft: 'Draft', scheduled: 'Scheduled', posted: 'Posted' }[item.status];
}

function pictures({ tweet }: Planned): string {
  const count = tweet.media?.media_ids.length ?? 0;
  return count ? ` · ${count === 1 ? '1 attachment' : `${count} attachments`}` : '';
}

function Row({
  kind,
  item: given,
  onGone,
}: {
  kind: PlannedKind;
  item: Planned;
  onGone: () => void;
}) {
  const [item, setItem] = useState(given);
  const [text, setText] = useState<string | null>(null);
  const [at, setAt] = useState('');
  const [busy, setBusy] = useState(false);
  const id = useId();
  const editable = item.status !== 'posted';
  const act = async (work: () => Promise<unknown>, done: string): Promise<void> => {
    setBusy(true);
    try {
      await work();
      showToast(done);
      onGone();
    } catch (cause) {
      showToast(errorText(cause), 'error');
      setBusy(false);
    }
  };
  const save = async (): Promise<void> => {
    setBusy(true);
    try {
      // The field knows minutes only; a time left alone stays what it was.
      const same = item.scheduled_at && localTime(new Date(item.scheduled_at)) === at;
      const due = kind === 'drafts' ? undefined : new Date(same ? (item.scheduled_at ?? at) : at);
      setItem(await changePlanned(kind, item, (text ?? '').trim(), due));
      setText(null);
      showToast('Saved.');
    } catch (cause) {
      showToast(errorText(cause), 'error');
    } finally {
      setBusy(false);
    }
  };
  const edit = (): void => {
    const due = Date.parse(item.scheduled_at ?? '');
    // One that failed or is late needs a new time.
    setAt(localTime(new Date(due > Date.now() ? due : Date.now() + 3_600_000)));
    setText(item.tweet.text ?? '');
  };
  const post = async (): Promise<void> => {
    await postBody(item.tweet);
    await dropPlanned(kind, item.id);
  };
  return (
    <article class="planned" data-testid="planned" data-status={item.status}>
      {text === null ? (
        <p dir="auto">{item.tweet.text}</p>
      ) : (
        <textarea
          class="planned-text"
          rows={3}
          value={text}
          aria-label="Tweet text"
          data-testid="planned-text"
          onInput={(event) => setText(event.currentTarget.value)}
        />
      )}
      {text !== null && kind === 'scheduled' && (
        <div class="composer-bar">
          <label for={id}>Post at</label>
          <input
            id={id}
            type="datetime-local"
            value={at}
            min={localTime(new Date())}
            data-testid="planned-at"
            onInput={(event) => setAt(event.currentTarget.value)}
          />
        </div>
      )}
      <p class="muted">
        {words(item)}
        {pictures(item)}
        {item.scheduled_at && (
          <>
            {' · '}
            <Time at={item.scheduled_at} full />
          </>
        )}
      </p>
      <div class="dialog-actions">
        {item.tweet_id && <a href={tweetPath(item.tweet_id)}>Show</a>}
        {editable && (
          <button
            type="button"
            class="button"
            disabled={busy || (text !== null && kind === 'scheduled' && at === '')}
            data-testid={text === null ? 'planned-edit' : 'planned-save'}
            onClick={() => (text === null ? edit() : void save())}
          >
            {text === null ? 'Edit' : 'Save'}
          </button>
        )}
        {text !== null && (
          <button type="button" class="button" disabled={busy} onClick={() => setText(null)}>
            Cancel
          </button>
        )}
        {text === null && item.status === 'draft' && (
          <button
            type="button"
            class="button"
            disabled={busy}
            data-testid="planned-post"
            onClick={() => void act(post, 'Tweet posted.')}
          >
            Post now
          </button>
        )}
        <button
          type="button"
          class="button"
          disabled={busy}
          data-testid="planned-delete"
          onClick={() => void act(() => dropPlanned(kind, item.id), 'Removed.')}
        >
          Remove
        </button>
      </div>
    </article>
  );
}

function PlannedList({ kind, empty }: { kind: PlannedKind; empty: string }) {
  const list = usePagedList(
    `planned:${kind}`,
    async (token) => {
      const answer = await fetchPlanned(kind, token);
      return { items: answer.data ?? [], next: answer.meta?.next_token };
    },
    idOf,
  );
  return (
    <ListView
      list={list}
      render={(item) => (
        <Row
          key={item.id}
          kind={kind}
          item={item}
          onGone={() => {
            list.items.value = list.items.peek().filter((one) => one.id !== item.id);
          }}
        />
      )}
      empty={<EmptyState icon="calendar" title={empty} />}
    />
  );
}

export function PlannedPage({ kind = 'scheduled' }: { kind?: PlannedKind }) {
  useTitle('Planned tweets');
  return (
    <>
      <PageHeader title="Planned tweets" />
      <nav class="tabs" aria-label="Planned tweets">
        <a href="/planned" aria-current={kind === 'scheduled' ? 'page' : undefined}>
          Scheduled
        </a>
        <a href="/planned/drafts" aria-current={kind === 'drafts' ? 'page' : undefined}>
          Drafts
        </a>
      </nav>
      <PlannedList
        key={kind}
        kind={kind}
        empty={kind === 'drafts' ? 'No drafts' : 'Nothing is scheduled'}
      />
    </>
  );
}
