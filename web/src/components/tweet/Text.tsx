import { useState } from 'preact/hooks';
import { errorText } from '../../api/http';
import { fetchNote } from '../../api/tweets';
import type { Entities } from '../../api/types';
import { segments } from '../../lib/text/segments';
import { patchTweet, type StoredTweet } from '../../state/store';
import { showToast } from '../../state/toasts';

/** The text of a tweet; of a long one the start, and the whole once it is asked for. */
export function TweetBody({ tweet, large }: { tweet: StoredTweet; large?: boolean }) {
  const [loading, setLoading] = useState(false);
  const { text, entities } = tweet.note_tweet ?? tweet;
  const more = async (): Promise<void> => {
    setLoading(true);
    try {
      const note = await fetchNote(tweet.id);
      patchTweet(tweet.id, () => ({ note_tweet: note }));
    } catch (cause) {
      showToast(errorText(cause));
    } finally {
      setLoading(false);
    }
  };
  return (
    <>
      <TweetText text={text} entities={entities} large={large} />
      {tweet.viewer?.truncated && !tweet.note_tweet && (
        <button
          type="button"
          class="link-button"
          data-testid="show-more"
          disabled={loading}
          onClick={() => void more()}
        >
          Show more
        </button>
      )}
    </>
  );
}

export function TweetText({
  text,
  entities,
  large = false,
}: {
  text: string;
  entities: Entities | undefined;
  large?: boolean;
}) {
  return (
    <p class={large ? 'tweet-text tweet-text-large' : 'tweet-text'} dir="auto">
      {segments(text, entities).map((segment, index) => {
        switch (segment.kind) {
          case 'url':
            return (
              <a
                key={index}
                dir="auto"
                href={segment.href}
                target="_blank"
                rel="noopener noreferrer nofollow"
              >
                {segment.text}
              </a>
            );
          case 'mention':
            return (
              <a key={index} dir="auto" href={`/@${segment.username}`}>
                {segment.text}
              </a>
            );
          case 'tag':
            return (
              <a key={index} class="hashtag" dir="auto" href={segment.href}>
                {segment.text}
              </a>
            );
          default:
            return segment.text;
        }
      })}
    </p>
  );
}
