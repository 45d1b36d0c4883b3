import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { errorText } from '../../api/http';
import { scheduleTweet } from '../../api/planned';
import { postTweet, tweetBody } from '../../api/tweets';
import type { ReplySettings } from '../../api/types';
import { FORBIDDEN_TEXT, textProblem, tweetLimit, weightedLength } from '../../lib/text/weight';
import { adoptTweet } from '../../state/actions';
import { Attachments } from '../../state/attachments';
import { keepText, keptText } from '../../state/compose';
import { me } from '../../state/session';
import { showToast } from '../../state/toasts';
import { QuotedTweet } from '../tweet/Quoted';
import { Avatar } from '../ui/Avatar';
import { FormError } from '../ui/Feedback';
import { AttachButton, AttachmentList } from './Attachments';
import { ComposerLater, type PollDraft, PollFields, pollReady } from './Later';

const WARN_AT = 20;
const RING = 2 * Math.PI * 9;

function Counter({ used, limit }: { used: number; limit: number }) {
  const left = limit - used;
  const tone = left < 0 ? 'over' : left <= WARN_AT ? 'near' : 'fine';
  const share = Math.min(used / limit, 1);
  return (
    <span class={`counter counter-${tone}`} data-testid="compose-counter" data-left={left}>
      <svg width="24" height="24" viewBox="0 0 24 24" aria-hidden="true">
        <circle class="counter-track" cx="12" cy="12" r="9" />
        <circle
          class="counter-fill"
          cx="12"
          cy="12"
          r="9"
          stroke-dasharray={RING}
          stroke-dashoffset={RING * (1 - share)}
        />
      </svg>
      {left <= WARN_AT && <span aria-hidden="true">{left}</span>}
      <span class="visually-hidden" role="status">
        {left <= WARN_AT ? `${left} characters left` : ''}
      </span>
    </span>
  );
}

interface Props {
  placeholder: string;
  label: string;
  submit: string;
  replyTo?: string;
  quote?: string;
  focus?: boolean;
  onPosted?: () => void;
}

export function Composer({ placeholder, label, submit, replyTo, quote, focus, onPosted }: Props) {
  const context = replyTo ? `reply:${replyTo}` : quote ? `quote:${quote}` : 'new';
  const [text, setText] = useState(() => keptText(context));
  const [poll, setPoll] = useState<PollDraft | null>(null);
  const [at, setAt] = useState<string | null>(null);
  const [replies, setReplies] = useState<ReplySettings>('everyone');
  const [sending, setSending] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const [attachments] = useState(() => new Attachments());
  useEffect(() => () => attachments.clear(), [attachments]);
  const id = useId();
  const limit = tweetLimit(me.value);
  const problem = textProblem(text, limit);
  const ready =
    !sending &&
    attachments.ready &&
    pollReady(poll) &&
    at !== '' &&
    (problem === null || (problem === 'blank' && attachments.list.value.length > 0));
  const draft = { text: text.trim(), replyTo, quote, poll: poll ?? undefined, replies };

  useEffect(() => {
    if (focus) field.current?.focus();
  }, [focus]);

  useLayoutEffect(() => {
    const area = field.current;
    if (!area) return;
    // Collapsing first lets the field shrink again after text was removed.
    area.style.height = 'auto';
    area.style.height = `${area.scrollHeight}px`;
  }, [text]);

  const change = (value: string): void => {
    setText(value);
    setError(null);
    keepText(context, value);
  };

  const empty = (): void => {
    attachments.clear();
    change('');
    setPoll(null);
    setAt(null);
    setReplies('everyone');
  };

  const send = async (): Promise<void> => {
    const author = me.peek();
    if (!ready || !author) return;
    setSending(true);
    setError(null);
    try {
      const whole = { ...draft, media: await attachments.finish() };
      if (at) {
        await scheduleTweet(tweetBody(whole), new Date(at));
        empty();
        onPosted?.();
        showToast('Tweet scheduled.');
        return;
      }
      const { id: posted } = await postTweet(whole);
      empty();
      onPosted?.();
      showToast(replyTo ? 'Reply posted.' : 'Tweet posted.');
      // The tweet exists by now: failing to show it yet must not read as failing to post.
      await adoptTweet(author.id, posted, replyTo).catch(() => undefined);
    } catch (cause) {
      setError(errorText(cause));
    } finally {
      setSending(false);
    }
  };

  const end = (
    <div class="composer-end">
      <Counter used={weightedLength(text.trim())} limit={limit} />
      <button
        type="submit"
        class="button button-primary"
        data-testid={at === null ? 'compose-submit' : 'schedule-submit'}
        disabled={!ready}
      >
        {sending ? 'Sending…' : at === null ? submit : 'Schedule'}
      </button>
    </div>
  );

  return (
    <form
      class={replyTo ? 'composer composer-reply' : 'composer'}
      data-testid="compose-form"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <Avatar user={me.value} />
      <div class="composer-main">
        <label class="visually-hidden" for={id}>
          {label}
        </label>
        <textarea
          ref={field}
          id={id}
          rows={1}
          value={text}
          placeholder={placeholder}
          // A dialog focuses this at once; the effect above covers plain pages.
          autofocus={focus}
          data-testid="compose-text"
          onInput={(event) => change(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void send();
          }}
        />
        {quote && <QuotedTweet id={quote} linked={false} />}
        <AttachmentList attachments={attachments} />
        {poll && <PollFields poll={poll} onChange={setPoll} />}
        <FormError text={problem === 'characters' ? FORBIDDEN_TEXT : error} />
        {!replyTo && (text !== '' || replies !== 'everyone') && (
          <select
            class="composer-replies"
            aria-label="Who can reply"
            value={replies}
            data-testid="compose-replies"
            onChange={(event) => setReplies(event.currentTarget.value as ReplySettings)}
          >
            <option value="everyone">Everyone can reply</option>
            <option value="following">People you follow can reply</option>
            <option value="mentionedUsers">People you mention can reply</option>
            <option value="verified">Verified accounts can reply</option>
          </select>
        )}
        {replyTo || quote ? (
          <div class="composer-bar">
            <AttachButton attachments={attachments} />
            <span class="composer-hint">Ctrl + Enter to send</span>
            {end}
          </div>
        ) : (
          <ComposerLater
            body={async () => tweetBody({ ...draft, media: await attachments.finish() })}
            ready={ready}
            poll={poll}
            onPoll={attachments.list.value.length === 0 ? setPoll : undefined}
            at={at}
            onAt={setAt}
            onKept={empty}
            attach={poll ? null : <AttachButton attachments={attachments} />}
          >
            {end}
          </ComposerLater>
        )}
      </div>
    </form>
  );
}
