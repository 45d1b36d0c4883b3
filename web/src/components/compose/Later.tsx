import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import { errorText } from '../../api/http';
import { keepDraft } from '../../api/planned';
import { localTime } from '../../lib/format';
import { showToast } from '../../state/toasts';
import { Icon } from '../ui/Icon';

/** What `POST /2/tweets` takes beside the text. */
export interface PollDraft {
  options: string[];
  duration_minutes: number;
}

const DAYS = [1, 3, 7];
const MAX_OPTIONS = 4;

/** Whether a poll can be sent: at least two options, all different. */
export function pollReady(poll: PollDraft | null): boolean {
  if (!poll) return true;
  const labels = poll.options.map((label) => label.trim());
  return labels.every(Boolean) && new Set(labels).size === labels.length;
}

export function PollFields({
  poll,
  onChange,
}: {
  poll: PollDraft;
  onChange: (poll: PollDraft | null) => void;
}) {
  const set = (index: number, label: string): void =>
    onChange({ ...poll, options: poll.options.map((old, i) => (i === index ? label : old)) });
  return (
    <fieldset class="poll-fields" data-testid="poll-fields">
      <legend>Poll</legend>
      {poll.options.map((label, index) => (
        <input
          key={index}
          value={label}
          maxLength={25}
          placeholder={`Choice ${index + 1}`}
          aria-label={`Choice ${index + 1}`}
          data-testid="poll-choice"
          onInput={(event) => set(index, event.currentTarget.value)}
        />
      ))}
      <div class="composer-bar">
        <label>
          Ends after{' '}
          <select
            value={poll.duration_minutes}
            onChange={(event) =>
              onChange({ ...poll, duration_minutes: Number(event.currentTarget.value) })
            }
          >
            {DAYS.map((days) => (
              <option key={days} value={days * 1440}>
                {days === 1 ? '1 day' : `${days} days`}
              </option>
            ))}
          </select>
        </label>
        {poll.options.length < MAX_OPTIONS && (
          <button
            type="button"
            class="link-button"
            onClick={() => onChange({ ...poll, options: [...poll.options, ''] })}
          >
            Add a choice
          </button>
        )}
        <button type="button" class="link-button" onClick={() => onChange(null)}>
          Remove poll
        </button>
      </div>
    </fieldset>
  );
}

/** The composer's last row: pictures, a poll, a time to post at and drafts; then `children`. */
export function ComposerLater({
  body,
  ready,
  poll,
  onPoll,
  at,
  onAt,
  onKept,
  attach,
  children,
}: {
  /** The body that would be posted now, with its media stored. */
  body: () => Promise<object>;
  ready: boolean;
  poll: PollDraft | null;
  /** None where a poll cannot be added: it stands alone, without pictures. */
  onPoll?: (poll: PollDraft) => void;
  /** When to post, in local time; none for now. */
  at: string | null;
  onAt: (at: string | null) => void;
  onKept: () => void;
  attach: ComponentChildren;
  children: ComponentChildren;
}) {
  const [busy, setBusy] = useState(false);
  const id = useId();

  const keep = async (work: () => Promise<void>, words: string): Promise<void> => {
    setBusy(true);
    try {
      await work();
      onKept();
      showToast(words);
    } catch (cause) {
      showToast(errorText(cause), 'error');
    } finally {
      setBusy(false);
    }
  };

  return (
    <>
      {at !== null && (
        <div class="composer-bar">
          <label for={id}>Post at</label>
          <input
            id={id}
            type="datetime-local"
            value={at}
            min={localTime(new Date())}
            data-testid="schedule-at"
            onInput={(event) => onAt(event.currentTarget.value)}
          />
        </div>
      )}
      <div class="composer-bar">
        <div class="composer-tools">
          {attach}
          {!poll && onPoll && (
            <button
              type="button"
              class="icon-button"
              aria-label="Add a poll"
              title="Add a poll"
              data-testid="compose-poll"
              onClick={() => onPoll({ options: ['', ''], duration_minutes: 1440 })}
            >
              <Icon name="poll" />
            </button>
          )}
          <button
            type="button"
            class="icon-button"
            aria-label={at === null ? 'Choose a time to post at' : 'Post now instead'}
            title={at === null ? 'Choose a time to post at' : 'Post now instead'}
            aria-expanded={at !== null}
            data-testid="compose-schedule"
            onClick={() => onAt(at === null ? localTime(new Date(Date.now() + 3_600_000)) : null)}
          >
            <Icon name="calendar" />
          </button>
          {ready && (
            <button
              type="button"
              class="link-button"
              disabled={busy}
              data-testid="compose-draft"
              onClick={() => void keep(async () => keepDraft(await body()), 'Draft saved.')}
            >
              Save draft
            </button>
          )}
          <a
            class="link-button"
            href="/planned"
            title="Drafts and scheduled tweets"
            data-testid="compose-planned"
          >
            Drafts
          </a>
        </div>
        {children}
      </div>
    </>
  );
}
