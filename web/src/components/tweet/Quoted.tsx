import { tweetPath } from '../../lib/paths';
import { mediaRef, type StoredTweet, tweetRef, userRef } from '../../state/store';
import { Avatar } from '../ui/Avatar';
import { Icon } from '../ui/Icon';
import { Name } from '../ui/Name';
import { Time } from '../ui/Time';

/** The text with its links as people know them; the whole quotation leads to the tweet. */
function withLinks({ text, entities }: StoredTweet): string {
  return (entities?.urls ?? []).reduce(
    (shown, link) => (link.display_url ? shown.replaceAll(link.url, link.display_url) : shown),
    text,
  );
}

/** Small still pictures: a quotation is one link, so nothing in it plays or opens. */
function QuotedMedia({ keys }: { keys: string[] }) {
  const media = keys.map((key) => mediaRef(key).value).filter((one) => one !== undefined);
  if (media.length === 0) return null;
  return (
    <span class="quoted-media">
      {media.map((one) => {
        const still = one.preview_image_url ?? (one.type === 'photo' ? one.url : undefined);
        return still ? (
          <img
            key={one.media_key}
            src={still}
            alt={one.alt_text ?? ''}
            loading="lazy"
            data-testid="quoted-media"
          />
        ) : (
          <span key={one.media_key} class="quoted-video" data-testid="quoted-media">
            <Icon name="picture" size={18} /> <bdi>{one.alt_text ?? 'Video'}</bdi>
          </span>
        );
      })}
    </span>
  );
}

/** A compact look at another tweet; inside the quote composer it must not lead away. */
export function QuotedTweet({ id, linked = true }: { id: string; linked?: boolean }) {
  const tweet = tweetRef(id).value;
  const author = userRef(tweet?.author_id ?? '').value;
  if (!tweet || tweet.removed) {
    return <p class="quoted quoted-missing">This tweet is not available.</p>;
  }
  const card = tweet.entities?.urls?.find((url) => url.title);
  const content = (
    <>
      <span class="quoted-head">
        <Avatar user={author} size={22} />
        <strong>
          <Name user={author} />
        </strong>
        <span class="muted">@{author?.username}</span>
        {tweet.created_at && (
          <span class="muted">
            · <Time at={tweet.created_at} />
          </span>
        )}
      </span>
      <span class="quoted-text" dir="auto">
        {withLinks(tweet)}
      </span>
      <QuotedMedia keys={tweet.attachments?.media_keys ?? []} />
      {card && (
        <span class="quoted-card" data-testid="quoted-card">
          <Icon name="link" size={15} />
          <strong dir="auto">{card.title}</strong>
          <span class="muted">{card.display_url}</span>
        </span>
      )}
    </>
  );
  if (!linked) return <div class="quoted">{content}</div>;
  return (
    <a class="quoted" href={tweetPath(id, author?.username)} data-testid="quoted-tweet">
      {content}
    </a>
  );
}
