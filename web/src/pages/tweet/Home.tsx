import { useEffect } from 'preact/hooks';
import { fetchHome } from '../../api/tweets';
import { Composer } from '../../components/compose/Composer';
import { PeopleToFollow } from '../../components/profile/PeopleToFollow';
import { TweetArticle } from '../../components/tweet/Article';
import { EmptyState } from '../../components/ui/Feedback';
import { Icon } from '../../components/ui/Icon';
import { ListView } from '../../components/ui/ListView';
import { PageHeader } from '../../components/ui/PageHeader';
import { plural } from '../../lib/format';
import { searchPath } from '../../lib/paths';
import { newCount, newOverflow, showFirst, showWaiting, visitHome } from '../../state/home';
import { useTitle } from '../../state/hooks';
import { listKeys, usePagedList } from '../../state/lists';
import { me } from '../../state/session';
import { putTweets } from '../../state/store';
import { pollUpdates } from '../../state/updates';

const sameId = (id: string): string => id;

/** A home without tweets: people to follow, and the way on once somebody is followed. */
function QuietNest({ onShow }: { onShow: () => void }) {
  const follows = (me.value?.public_metrics?.following_count ?? 0) > 0;
  return (
    <>
      <EmptyState icon="feather" title="Your nest is quiet">
        <p>Follow people, and what they write appears here. Or write your first tweet.</p>
        {follows ? (
          <button
            type="button"
            class="button button-primary"
            data-testid="home-show"
            onClick={onShow}
          >
            Show their tweets
          </button>
        ) : (
          <a class="button" href={searchPath()}>
            Search people
          </a>
        )}
      </EmptyState>
      <PeopleToFollow title="People to follow" most={10} />
    </>
  );
}

export function HomePage() {
  useTitle('Home');
  const meId = me.value?.id ?? '';
  const list = usePagedList(
    listKeys.home,
    async (token) => {
      const answer = await fetchHome(meId, { token });
      putTweets(answer.data, answer.includes);
      return {
        items: (answer.data ?? []).map((tweet) => tweet.id),
        next: answer.meta?.next_token,
        newest: answer.meta?.newest_id,
      };
    },
    sameId,
    true,
  );
  useEffect(() => {
    const leave = visitHome(list, meId);
    // A list kept from before catches up at once; the regular poll tries again if that fails.
    if (list.status.peek() === 'ready') pollUpdates().catch(() => undefined);
    return leave;
  }, [list]);

  const count = newCount.value;
  const label = newOverflow.value ? `${count}+ new tweets` : plural(count, 'new tweet');
  return (
    <>
      <PageHeader title="Home" />
      <Composer label="Tweet text" placeholder="What’s the caw?" submit="Tweet" />
      <div class="pill-slot" role="status">
        {count > 0 && (
          <button
            type="button"
            class="pill"
            data-testid="new-tweets-pill"
            onClick={() => {
              scrollTo({ top: 0 });
              void showWaiting();
            }}
          >
            <Icon name="up" size={16} />
            {label}
          </button>
        )}
      </div>
      <ListView
        list={list}
        render={(id) => <TweetArticle key={id} id={id} />}
        empty={
          <QuietNest
            onShow={() => {
              scrollTo({ top: 0 });
              void showFirst(list);
            }}
          />
        }
      />
    </>
  );
}
