import { profilePath, tweetPath } from '../../lib/paths';
import { navigate } from '../../lib/router';
import { type StoredTweet, tweetRef, userRef } from '../../state/store';
import { UserName } from '../profile/UserName';
import { Avatar } from '../ui/Avatar';
import { Icon } from '../ui/Icon';
import { Name } from '../ui/Name';
import { Time } from '../ui/Time';
import { TweetActions } from './Actions';
import { EditedMark } from './Edit';
import { LinkCard, useLateCard } from './LinkCard';
import { MediaGallery } from './MediaGallery';
import { TweetPoll } from './Poll';
import { QuotedTweet } from './Quoted';
import { TweetBody } from './Text';

const referenced = (tweet: StoredTweet | undefined, type: string): string | undefined =>
  tweet?.referenced_tweets?.find((reference) => reference.type === type)?.id;

/** Clicks anywhere on the tweet open it, unless they hit a control or end a text selection. */
function opensTweet(event: MouseEvent): boolean {
  const target = event.target as Element;
  return !target.closest('a, button, dialog, video') && !getSelection()?.toString();
}

export function ReplyingTo({ tweet }: { tweet: StoredTweet }) {
  const parent = tweetRef(referenced(tweet, 'replied_to') ?? '').value;
  const target = userRef(tweet.in_reply_to_user_id ?? parent?.author_id ?? '').value;
  if (!referenced(tweet, 'replied_to')) return null;
  return (
    <p class="tweet-context">
      Replying to{' '}
      {target ? <a href={profilePath(target.username)}>@{target.username}</a> : 'a tweet'}
    </p>
  );
}

export function TweetMedia({ tweet }: { tweet: StoredTweet }) {
  const quoted = referenced(tweet, 'quoted');
  const keys = tweet.attachments?.media_keys;
  const card = tweet.entities?.urls?.find((url) => url.title);
  return (
    <>
      {keys && <MediaGallery keys={keys} />}
      <TweetPoll tweet={tweet} />
      {card && <LinkCard entity={card} />}
      {quoted && <QuotedTweet id={quoted} />}
    </>
  );
}

/** One entry of a list: a tweet, or a retweet shown as the original with its retweeter. */
export function TweetArticle({
  id,
  threaded = false,
  pinned = false,
}: {
  id: string;
  threaded?: boolean;
  /** Shown above a profile's tweets. */
  pinned?: boolean;
}) {
  const entry = tweetRef(id).value;
  const originalId = referenced(entry, 'retweeted');
  const tweet = tweetRef(originalId ?? id).value;
  const author = userRef(tweet?.author_id ?? '').value;
  const retweeter = userRef(entry?.author_id ?? '').value;
  useLateCard(tweet);
  if (!entry || !tweet || entry.removed || tweet.removed) return null;

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the time inside is a link to the same page
    <article
      class={threaded ? 'tweet tweet-threaded' : 'tweet'}
      data-testid="tweet"
      data-tweet-id={id}
      data-original-id={originalId}
      aria-label={`Tweet by ${author?.name ?? 'unknown'}`}
      onClick={(event) => {
        if (opensTweet(event)) navigate(tweetPath(tweet.id, author?.username));
      }}
    >
      {pinned && (
        <p class="tweet-retweeter" data-testid="pinned-context">
          <Icon name="pin" size={15} /> Pinned
        </p>
      )}
      {originalId && retweeter && (
        <p class="tweet-retweeter" data-testid="retweet-context">
          <Icon name="retweet" size={15} />
          <a href={profilePath(retweeter.username)}>
            <Name user={retweeter} /> retweeted
          </a>
        </p>
      )}
      <div class="tweet-grid">
        {/* biome-ignore lint/a11y/useAnchorContent: the name beside it is the link for readers */}
        <a
          class="tweet-avatar"
          href={profilePath(author?.username ?? '')}
          tabIndex={-1}
          aria-hidden="true"
        >
          <Avatar user={author} />
        </a>
        <div class="tweet-main">
          <header class="tweet-header">
            <UserName user={author} />
            {tweet.created_at && (
              <a class="tweet-time muted" href={tweetPath(tweet.id, author?.username)}>
                <Time at={tweet.created_at} />
              </a>
            )}
          </header>
          {!threaded && <ReplyingTo tweet={tweet} />}
          {tweet.viewer?.hidden && <p class="tweet-context">Hidden by the author of the thread</p>}
          <TweetBody tweet={tweet} />
          <TweetMedia tweet={tweet} />
          <EditedMark tweet={tweet} />
          <TweetActions tweet={tweet} />
        </div>
      </div>
    </article>
  );
}
