import { useEffect, useState } from 'preact/hooks';
import { errorText } from '../../api/http';
import { editTweet, fetchNote, fetchVersions } from '../../api/tweets';
import type { Tweet } from '../../api/types';
import { tweetPath } from '../../lib/paths';
import { navigate, place } from '../../lib/router';
import { FORBIDDEN_TEXT, textProblem, tweetLimit, weightedLength } from '../../lib/text/weight';
import { replaceTweet } from '../../state/actions';
import { me } from '../../state/session';
import type { StoredTweet } from '../../state/store';
import { showToast } from '../../state/toasts';
import { Dialog } from '../ui/Dialog';
import { FormError, Skeleton } from '../ui/Feedback';
import { Time } from '../ui/Time';

export function canEdit(tweet: StoredTweet): boolean {
  const controls = tweet.edit_controls;
  if (!controls?.is_edit_eligible || controls.edits_remaining <= 0) return false;
  return Date.parse(controls.editable_until) > Date.now();
}

export function EditDialog({ tweet, onClose }: { tweet: StoredTweet; onClose: () => void }) {
  const [before, setBefore] = useState(tweet.viewer?.truncated ? null : tweet.text);
  const [text, setText] = useState(before ?? '');
  const [sending, setSending] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const used = weightedLength(text.trim());
  const limit = tweetLimit(me.value);
  const problem = textProblem(text, limit);
  const ready = !sending && before !== null && text !== before && problem === null;

  useEffect(() => {
    if (before !== null) return;
    fetchNote(tweet.id)
      .then((note) => {
        setBefore(note.text);
        setText(note.text);
      })
      .catch((cause) => setError(errorText(cause)));
  }, [before, tweet.id]);

  const send = async (): Promise<void> => {
    if (!ready) return;
    setSending(true);
    try {
      const id = await editTweet(tweet.id, text.trim());
      onClose();
      showToast('Tweet edited.');
      await replaceTweet(tweet.id, id);
      if (place.peek().path.endsWith(`/status/${tweet.id}`)) {
        navigate(tweetPath(id), { replace: true });
      }
    } catch (cause) {
      setError(errorText(cause));
      setSending(false);
    }
  };

  return (
    <Dialog title="Edit tweet" onClose={onClose} testId="edit-dialog">
      <form
        class="edit-form"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <label>
          <span class="visually-hidden">Tweet text</span>
          <textarea
            rows={5}
            value={text}
            disabled={before === null}
            autofocus
            data-testid="edit-text"
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <FormError text={problem === 'characters' ? FORBIDDEN_TEXT : error} />
        <div class="dialog-actions">
          <span class="muted">{limit - used} characters left</span>
          <button
            type="submit"
            class="button button-primary"
            disabled={!ready}
            data-testid="edit-submit"
          >
            {sending ? 'Saving…' : 'Save'}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function History({ ids, onClose }: { ids: string[]; onClose: () => void }) {
  const [versions, setVersions] = useState<Tweet[] | null>(null);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    fetchVersions(ids).then(
      (found) => setVersions(found.reverse()),
      (cause: unknown) => setError(errorText(cause)),
    );
  }, []);
  return (
    <Dialog title="Edit history" onClose={onClose} testId="edit-history">
      <FormError text={error} />
      {!versions && !error && <Skeleton rows={2} />}
      <ol class="versions">
        {versions?.map((version) => (
          <li key={version.id}>
            <p dir="auto">{version.text}</p>
            {version.created_at && (
              <span class="muted">
                <Time at={version.created_at} full />
              </span>
            )}
          </li>
        ))}
      </ol>
    </Dialog>
  );
}

/** Says that a tweet was edited and shows its versions; an old version leads to the newest. */
export function EditedMark({ tweet }: { tweet: StoredTweet }) {
  const [open, setOpen] = useState(false);
  const ids = tweet.edit_history_tweet_ids ?? [];
  const newest = ids.at(-1);
  if (ids.length < 2) return null;
  return (
    <p class="tweet-context">
      <button
        type="button"
        class="link-button"
        data-testid="tweet-edited"
        onClick={() => setOpen(true)}
      >
        Edited
      </button>
      {newest && newest !== tweet.id && (
        <>
          {' · '}
          <a href={tweetPath(newest)}>There is a newer version</a>
        </>
      )}
      {open && <History ids={ids} onClose={() => setOpen(false)} />}
    </p>
  );
}
