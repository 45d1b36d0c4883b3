import { useState } from 'preact/hooks';
import { formatCount } from '../../lib/format';
import { tweetPath } from '../../lib/paths';
import { navigate } from '../../lib/router';
import {
  removeTweet,
  toggleBookmark,
  toggleHidden,
  togglePin,
  toggleReaction,
} from '../../state/actions';
import { openComposer } from '../../state/compose';
import { me } from '../../state/session';
import { type StoredTweet, tweetRef, userRef } from '../../state/store';
import { showToast } from '../../state/toasts';
import { ReportDialog } from '../moderation/ReportDialog';
import { ConfirmDialog } from '../ui/Dialog';
import { Icon, type IconName } from '../ui/Icon';
import { canEdit, EditDialog } from './Edit';

function Action({
  icon,
  label,
  tone,
  count,
  pressed,
  onClick,
  testId,
}: {
  icon: IconName;
  label: string;
  tone: string;
  count?: number;
  pressed?: boolean;
  onClick: () => void;
  testId: string;
}) {
  return (
    <button
      type="button"
      class={`action action-${tone}`}
      aria-label={count ? `${label}, ${count}` : label}
      aria-pressed={pressed}
      title={label}
      data-testid={testId}
      onClick={onClick}
    >
      <span class="action-icon">
        <Icon name={icon} size={18} filled={pressed && (icon === 'heart' || icon === 'bookmark')} />
      </span>
      {count !== undefined && (
        <span class="action-count">{count > 0 ? formatCount(count) : ''}</span>
      )}
    </button>
  );
}

async function copyLink(path: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(location.origin + path);
    showToast('Link copied.');
  } catch {
    showToast('Your browser did not allow copying the link.', 'error');
  }
}

export function TweetActions({
  tweet,
  focused = false,
  onReply,
  onRemoved,
}: {
  tweet: StoredTweet;
  /** On its own page a tweet has room for what is seldom done. */
  focused?: boolean;
  /** On the tweet's own page replying means moving to the box below it. */
  onReply?: () => void;
  onRemoved?: () => void;
}) {
  const [confirming, setConfirming] = useState(false);
  const [editing, setEditing] = useState(false);
  const [reporting, setReporting] = useState(false);
  const viewer = me.value;
  const author = userRef(tweet.author_id ?? '').value;
  const path = tweetPath(tweet.id, author?.username);
  const metrics = tweet.public_metrics;
  const { liked, retweeted } = tweet.viewer ?? { liked: false, retweeted: false };
  const root = tweetRef(tweet.conversation_id ?? '').value;
  if (!viewer) return null;
  const own = tweet.author_id === viewer.id;
  const pinned = viewer.pinned_tweet_id === tweet.id;

  return (
    <div class="actions" role="group" aria-label="Tweet actions">
      <Action
        icon="reply"
        label="Reply"
        tone="reply"
        count={metrics?.reply_count ?? 0}
        testId="tweet-reply"
        onClick={onReply ?? (() => navigate(`${path}?reply=1`))}
      />
      <Action
        icon="retweet"
        label={retweeted ? 'Undo retweet' : 'Retweet'}
        tone="retweet"
        count={metrics?.retweet_count ?? 0}
        pressed={retweeted}
        testId="tweet-retweet"
        onClick={() => void toggleReaction(viewer.id, tweet.id, 'retweets')}
      />
      <Action
        icon="heart"
        label={liked ? 'Unlike' : 'Like'}
        tone="like"
        count={metrics?.like_count ?? 0}
        pressed={liked}
        testId="tweet-like"
        onClick={() => void toggleReaction(viewer.id, tweet.id, 'likes')}
      />
      <Action
        icon="quote"
        label="Quote"
        tone="reply"
        count={metrics?.quote_count ?? 0}
        testId="tweet-quote"
        onClick={() => openComposer(tweet.id)}
      />
      <Action
        icon="bookmark"
        label={tweet.viewer?.bookmarked ? 'Remove bookmark' : 'Bookmark'}
        tone="bookmark"
        pressed={tweet.viewer?.bookmarked ?? false}
        testId="tweet-bookmark"
        onClick={() => void toggleBookmark(viewer.id, tweet.id)}
      />
      <Action
        icon="link"
        label="Copy link"
        tone="reply"
        testId="tweet-copy"
        onClick={() => void copyLink(path)}
      />
      {focused && own && (
        <Action
          icon="pin"
          label={pinned ? 'Unpin from your profile' : 'Pin to your profile'}
          tone="reply"
          pressed={pinned}
          testId="tweet-pin"
          onClick={() => void togglePin(viewer.id, tweet.id)}
        />
      )}
      {!own && root && root.id !== tweet.id && root.author_id === viewer.id && (
        <Action
          icon="block"
          label={tweet.viewer?.hidden ? 'Show this reply' : 'Hide this reply'}
          tone="like"
          pressed={tweet.viewer?.hidden ?? false}
          testId="tweet-hide"
          onClick={() => void toggleHidden(tweet.id)}
        />
      )}
      {own && canEdit(tweet) && (
        <Action
          icon="pencil"
          label="Edit"
          tone="reply"
          testId="tweet-edit"
          onClick={() => setEditing(true)}
        />
      )}
      {own ? (
        <Action
          icon="trash"
          label="Delete"
          tone="like"
          testId="tweet-delete"
          onClick={() => setConfirming(true)}
        />
      ) : (
        <Action
          icon="flag"
          label="Report"
          tone="like"
          testId="tweet-report"
          onClick={() => setReporting(true)}
        />
      )}
      {reporting && (
        <ReportDialog
          what="this tweet"
          subject={{ tweet_id: tweet.id }}
          onClose={() => setReporting(false)}
        />
      )}
      {editing && <EditDialog tweet={tweet} onClose={() => setEditing(false)} />}
      {confirming && (
        <ConfirmDialog
          title="Delete this tweet?"
          text="It will vanish from your profile and from everyone’s timeline. This cannot be undone."
          action="Delete"
          onClose={() => setConfirming(false)}
          onConfirm={() => {
            setConfirming(false);
            void removeTweet(tweet.id).then((done) => done && onRemoved?.());
          }}
        />
      )}
    </div>
  );
}
