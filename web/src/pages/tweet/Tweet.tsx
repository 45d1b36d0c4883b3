import { useEffect, useRef, useState } from 'preact/hooks';
import { type Failure, failureOf } from '../../api/http';
import { fetchReplies, fetchTweet } from '../../api/tweets';
import { Composer } from '../../components/compose/Composer';
import { TweetArticle } from '../../components/tweet/Article';
import { FocusTweet } from '../../components/tweet/Focus';
import { EmptyState, ErrorState, Skeleton } from '../../components/ui/Feedback';
import { ListView } from '../../components/ui/ListView';
import { PageHeader } from '../../components/ui/PageHeader';
import { tweetPath } from '../../lib/paths';
import { correctAddress, navigate, place } from '../../lib/router';
import { isolated } from '../../lib/text/isolation';
import { useTitle } from '../../state/hooks';
import { listKeys, usePagedList } from '../../state/lists';
import { putTweets, type StoredTweet, tweetRef, userRef } from '../../state/store';

const sameId = (id: string): string => id;

function Replies({ id }: { id: string }) {
  const list = usePagedList(
    listKeys.replies(id),
    async (token) => {
      const answer = await fetchReplies(id, { token });
      putTweets(answer.data, answer.includes);
      return {
        items: (answer.data ?? []).map((tweet) => tweet.id),
        next: answer.meta?.next_token,
      };
    },
    sameId,
  );
  return (
    <section aria-label="Replies" data-testid="replies">
      <ListView
        list={list}
        render={(reply) => <TweetArticle key={reply} id={reply} threaded />}
        empty={
          <EmptyState icon="reply" title="No replies yet">
            <p>Be the first to answer.</p>
          </EmptyState>
        }
      />
    </section>
  );
}

/** The tweet this one answers, with the way further up when there is more. */
function Parent({ tweet }: { tweet: StoredTweet }) {
  const parentId = tweet.referenced_tweets?.find((ref) => ref.type === 'replied_to')?.id;
  if (!parentId) return null;
  const parent = tweetRef(parentId).value;
  if (!parent || parent.removed) {
    return <p class="tweet-missing">This answers a tweet that is not available.</p>;
  }
  const hasMore = parent.referenced_tweets?.some((ref) => ref.type === 'replied_to');
  const author = userRef(parent.author_id ?? '').value;
  return (
    <div class="parent">
      {hasMore && (
        <a class="show-more" href={tweetPath(parentId, author?.username)}>
          Show what came before
        </a>
      )}
      <TweetArticle id={parentId} threaded />
    </div>
  );
}

export function TweetPage({ id }: { id: string }) {
  const [error, setError] = useState<Failure | null>(null);
  const replyBox = useRef<HTMLDivElement>(null);
  const tweet = tweetRef(id).value;
  const author = userRef(tweet?.author_id ?? '').value;
  const wantsReply = place.value.query.has('reply');
  useTitle(author ? `${isolated(author.name)}: “${tweet?.text.slice(0, 60)}”` : 'Tweet');

  const load = (): void => {
    setError(null);
    fetchTweet(id)
      .then((answer) => putTweets(answer.data && [answer.data], answer.includes))
      .catch((cause: unknown) => setError(failureOf(cause)));
  };
  useEffect(load, [id]);

  // A link may lead to a retweet; what counts is the tweet it passes on.
  const original = tweet?.referenced_tweets?.find((ref) => ref.type === 'retweeted')?.id;
  useEffect(() => {
    if (original) navigate(tweetPath(original), { replace: true });
  }, [original]);

  // The address may name nobody, or somebody else: links carry what they know.
  useEffect(() => {
    if (author && !original) correctAddress(tweetPath(id, author.username));
  }, [id, original, author?.username]);

  if (!tweet || tweet.removed || original || error) {
    return (
      <>
        <PageHeader title="Tweet" back />
        {error ? <ErrorState failure={error} onRetry={load} /> : <Skeleton rows={3} />}
      </>
    );
  }
  return (
    <>
      <PageHeader title="Tweet" back />
      <Parent tweet={tweet} />
      <FocusTweet
        tweet={tweet}
        onReply={() => replyBox.current?.querySelector('textarea')?.focus()}
        onRemoved={() => navigate('/')}
      />
      <div ref={replyBox}>
        <Composer
          label="Your reply"
          placeholder={author ? `Reply to @${author.username}` : 'Your reply'}
          submit="Reply"
          replyTo={id}
          focus={wantsReply}
        />
      </div>
      <Replies id={id} />
    </>
  );
}
