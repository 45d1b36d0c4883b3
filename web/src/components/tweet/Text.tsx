import type { Entities } from '../../api/types';
import { segments } from '../../lib/text/segments';

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
          case 'hashtag':
            return (
              <span key={index} class="hashtag" dir="auto">
                {segment.text}
              </span>
            );
          default:
            return segment.text;
        }
      })}
    </p>
  );
}
