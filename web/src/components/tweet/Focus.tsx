import { profilePath } from '../../lib/paths';
import { type StoredTweet, userRef } from '../../state/store';
import { Badges } from '../profile/UserName';
import { Avatar } from '../ui/Avatar';
import { Time } from '../ui/Time';
import { TweetActions } from './Actions';
import { ReplyingTo, TweetMedia } from './Article';
import { EditedMark } from './Edit';
import { useLateCard } from './LinkCard';
import { TweetBody } from './Text';

/** The tweet a page is about, at full size. */
export function FocusTweet({
  tweet,
  onReply,
  onRemoved,
}: {
  tweet: StoredTweet;
  onReply: () => void;
  onRemoved: () => void;
}) {
  const author = userRef(tweet.author_id ?? '').value;
  useLateCard(tweet);
  return (
    <article
      class="tweet tweet-focus"
      data-testid="tweet"
      data-tweet-id={tweet.id}
      aria-label={`Tweet by ${author?.name ?? 'unknown'}`}
    >
      <header class="focus-head">
        <Avatar user={author} size={52} />
        {author && (
          <div>
            <a class="user-display" href={profilePath(author.username)} dir="auto">
              {author.name}
            </a>{' '}
            <Badges user={author} />
            <div class="muted">@{author.username}</div>
          </div>
        )}
      </header>
      <ReplyingTo tweet={tweet} />
      <TweetBody tweet={tweet} large />
      <TweetMedia tweet={tweet} />
      <EditedMark tweet={tweet} />
      {tweet.created_at && (
        <p class="focus-time muted">
          <Time at={tweet.created_at} full />
        </p>
      )}
      <TweetActions tweet={tweet} focused onReply={onReply} onRemoved={onRemoved} />
    </article>
  );
}
