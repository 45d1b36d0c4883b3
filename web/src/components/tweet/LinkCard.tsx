import { useEffect, useState } from 'preact/hooks';
import { fetchTweet } from '../../api/tweets';
import type { Tweet, UrlEntity } from '../../api/types';
import { safeHref } from '../../lib/text/segments';
import { putTweets } from '../../state/store';
import { Icon } from '../ui/Icon';

/** Waits between looks for a card; the crawler needs some seconds to read the page. */
const LOOKS = [2000, 3000, 5000, 10_000, 20_000];
const FRESH_FOR = 60_000;

function awaitsCard(tweet: Tweet): boolean {
  const age = Date.now() - new Date(tweet.created_at ?? 0).getTime();
  const urls = tweet.entities?.urls ?? [];
  return age < FRESH_FOR && urls.length > 0 && urls.every((url) => !url.title);
}

/** Reloads a tweet posted just now until its link card has arrived. */
export function useLateCard(tweet: Tweet | undefined): void {
  const id = tweet?.id;
  const waiting = tweet !== undefined && awaitsCard(tweet);
  useEffect(() => {
    if (!id || !waiting) return undefined;
    let timer: number | undefined;
    let look = 0;
    const next = (): void => {
      const wait = LOOKS[look];
      if (wait === undefined) return;
      look += 1;
      timer = window.setTimeout(() => {
        fetchTweet(id)
          .then((answer) => putTweets(answer.data && [answer.data], answer.includes))
          .catch(() => undefined)
          .finally(next);
      }, wait);
    };
    next();
    return () => {
      look = LOOKS.length;
      window.clearTimeout(timer);
    };
  }, [id, waiting]);
}

function host(href: string): string {
  return new URL(href).host.replace(/^www\./, '');
}

export function LinkCard({ entity }: { entity: UrlEntity }) {
  const [broken, setBroken] = useState(false);
  const href = safeHref(entity.expanded_url) ?? safeHref(entity.url);
  if (!href || !entity.title) return null;
  const image = safeHref(entity.images?.[0]?.url, location.origin);
  return (
    <a
      class="link-card"
      href={href}
      target="_blank"
      rel="noopener noreferrer nofollow"
      data-testid="link-card"
    >
      {image && !broken ? (
        <img
          class="link-card-image"
          src={image}
          alt=""
          loading="lazy"
          referrerpolicy="no-referrer"
          onError={() => setBroken(true)}
        />
      ) : (
        <span class="link-card-image link-card-blank">
          <Icon name="link" size={26} />
        </span>
      )}
      <span class="link-card-text">
        <span class="link-card-host">{host(href)}</span>
        <strong dir="auto">{entity.title}</strong>
        {entity.description && (
          <span class="link-card-description" dir="auto">
            {entity.description}
          </span>
        )}
      </span>
    </a>
  );
}
