import { useEffect } from 'preact/hooks';
import { fetchTweet, fetchUserTweets } from '../../api/tweets';
import { ProfileHeader } from '../../components/profile/Header';
import { SuspendedState } from '../../components/profile/Suspended';
import { TweetArticle } from '../../components/tweet/Article';
import { EmptyState, ErrorState, Skeleton } from '../../components/ui/Feedback';
import { ListView } from '../../components/ui/ListView';
import { PageHeader } from '../../components/ui/PageHeader';
import { plural } from '../../lib/format';
import { isolated } from '../../lib/text/isolation';
import { useTitle } from '../../state/hooks';
import { listKeys, usePagedList } from '../../state/lists';
import { useProfile } from '../../state/profile';
import { holds } from '../../state/relations';
import { me } from '../../state/session';
import { putTweets } from '../../state/store';

const sameId = (id: string): string => id;

function Tweets({ id, own }: { id: string; own: boolean }) {
  const list = usePagedList(
    listKeys.user(id),
    async (token) => {
      const answer = await fetchUserTweets(id, { token });
      putTweets(answer.data, answer.includes);
      return {
        items: (answer.data ?? []).map((tweet) => tweet.id),
        next: answer.meta?.next_token,
      };
    },
    sameId,
  );
  return (
    <section aria-label="Tweets">
      <ListView
        list={list}
        render={(tweet) => <TweetArticle key={tweet} id={tweet} />}
        empty={
          <EmptyState icon="feather" title={own ? 'You have not tweeted yet' : 'No tweets yet'}>
            <p>{own ? 'Press n to write your first one.' : 'When they tweet, it shows up here.'}</p>
          </EmptyState>
        }
      />
    </section>
  );
}

/** The pinned tweet, where it can be shown. */
function Pinned({ id }: { id: string }) {
  useEffect(() => {
    fetchTweet(id)
      .then((answer) => putTweets(answer.data && [answer.data], answer.includes))
      .catch(() => undefined);
  }, [id]);
  return <TweetArticle id={id} pinned />;
}

export function ProfilePage({ username }: { username: string }) {
  const { user, error, suspended, load } = useProfile(username);
  useTitle(user ? `${isolated(user.name)} (@${user.username})` : `@${username}`);
  const count = user?.public_metrics?.tweet_count;

  return (
    <>
      <PageHeader
        title={user?.name ?? `@${username}`}
        note={count === undefined ? undefined : plural(count, 'tweet')}
        back
      />
      {suspended ? (
        <SuspendedState username={username} />
      ) : error ? (
        <ErrorState failure={error} onRetry={load} />
      ) : user ? (
        <>
          <ProfileHeader user={user} />
          {holds(user, 'blocking') ? (
            <EmptyState icon="block" title={`You block @${user.username}`}>
              <p>Neither of you sees the other’s tweets.</p>
            </EmptyState>
          ) : user.protected && user.id !== me.value?.id && !holds(user, 'following') ? (
            <EmptyState icon="lock" title="These tweets are protected">
              <p>Only followers whom @{user.username} has approved see them.</p>
            </EmptyState>
          ) : (
            <>
              {user.pinned_tweet_id && <Pinned id={user.pinned_tweet_id} />}
              <Tweets key={user.id} id={user.id} own={user.id === me.value?.id} />
            </>
          )}
        </>
      ) : (
        <Skeleton />
      )}
    </>
  );
}
