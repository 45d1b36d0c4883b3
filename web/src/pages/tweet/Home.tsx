import { useEffect } from 'preact/hooks';
import { fetchHome } from '../../api/tweets';
import { Composer } from '../../components/compose/Composer';
import { FindPerson } from '../../components/profile/FindPerson';
import { TweetArticle } from '../../components/tweet/Article';
import { EmptyState } from '../../components/ui/Feedback';
import { Icon } from '../../components/ui/Icon';
import { ListView } from '../../components/ui/ListView';
import { PageHeader } from '../../components/ui/PageHeader';
import { plural } from '../../lib/format';
import { newCount, newOverflow, showWaiting, visitHome } from '../../state/home';
import { useTitle } from '../../state/hooks';
import { listKeys, usePagedList } from '../../state/lists';
import { me } from '../../state/session';
import { putTweets } from '../../state/store';
import { pollUpdates } from '../../state/updates';

const sameId = (id: string): string => id;

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
          <EmptyState icon="feather" title="Your nest is quiet">
            <p>Write your first tweet, or find people to follow by their username.</p>
            <FindPerson />
          </EmptyState>
        }
      />
    </>
  );
}
