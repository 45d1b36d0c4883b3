import { tweetPath } from '../../lib/paths';
import { tweetRef, userRef } from '../../state/store';
import { Avatar } from '../ui/Avatar';
import { Time } from '../ui/Time';

/** A compact look at another tweet; inside the quote composer it must not lead away. */
export function QuotedTweet({ id, linked = true }: { id: string; linked?: boolean }) {
  const tweet = tweetRef(id).value;
  const author = userRef(tweet?.author_id ?? '').value;
  if (!tweet || tweet.removed) {
    return <p class="quoted quoted-missing">This tweet is not available.</p>;
  }
  const content = (
    <>
      <span class="quoted-head">
        <Avatar user={author} size={22} />
        <strong>{author?.name ?? 'Unknown'}</strong>
        <span class="muted">@{author?.username}</span>
        {tweet.created_at && (
          <span class="muted">
            · <Time at={tweet.created_at} />
          </span>
        )}
      </span>
      <span class="quoted-text">{tweet.text}</span>
    </>
  );
  if (!linked) return <div class="quoted">{content}</div>;
  return (
    <a class="quoted" href={tweetPath(id, author?.username)} data-testid="quoted-tweet">
      {content}
    </a>
  );
}
