import { useState } from 'preact/hooks';
import { errorText } from '../api/http';
import { changePlanned, dropPlanned, fetchPlanned, type Planned, type PlannedKind } from '../api/planned';
import { postBody } from '../api/tweets';
import { EmptyState } from '../components/Feedback';
import { ListView } from '../components/ListView';
import { PageHeader } from '../components/PageHeader';
import { Time } from '../components/Time';
import { tweetPath } from '../lib/paths';
import { useTitle } from '../lib/hooks';
import { usePagedList } from '../state/lists';
import { showToast } from '../state/toasts';

const idOf = (item: Planned): string => item.id;

function words(item: Planned): string {
  if (item.status === 'failed') return `Not posted: ${item.failure ?? 'unknown reason'}`;
  return { draft: 'Draft', scheduled: 'Scheduled', posted: 'Posted' }[item.status];
}

function pictures({ tweet }: Planned): string {
  const count = tweet.media?.media_ids.length ?? 0;
  return count ? ` · ${count === 1 ? '1 attachment' : `${count} attachments`}` : '';
}

function Row({ kind, item: given, onGone }: {
  kind: PlannedKind;
  item: Planned;
  onGone: () => void;
}) {
  const [item, setItem] = useState(given);
  const [text, setText] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const editable =
    item.status === 'draft' ||
    (item.status === 'scheduled' && Date.parse(item.scheduled_at ?? '') > Date.now());
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
      setItem(await changePlanned(kind, item, (text ?? '').trim()));
      setText(null);
      showToast('Saved.');
    } catch (cause) {
      showToast(errorText(cause), 'error');
    } finally {
      setBusy(false);
    }
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
            disabled={busy}
            data-testid={text === null ? 'planned-edit' : 'planned-save'}
            onClick={() => (text === null ? setText(item.tweet.text ?? '') : void save())}
          >
            {text === null ? 'Edit' : 'Save'}
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
