import { fetchBookmarks } from '../api/tweets';
import { EmptyState } from '../components/Feedback';
import { ListView } from '../components/ListView';
import { PageHeader } from '../components/PageHeader';
import { TweetArticle } from '../components/TweetArticle';
import { useTitle } from '../lib/hooks';
import { usePagedList } from '../state/lists';
import { me } from '../state/session';
import { putTweets } from '../state/store';

const sameId = (id: string): string => id;

export function BookmarksPage() {
  useTitle('Bookmarks');
  const meId = me.value?.id ?? '';
  const list = usePagedList(
    'bookmarks',
    async (token) => {
      const answer = await fetchBookmarks(meId, { token });
      putTweets(answer.data, answer.includes);
      return {
        items: (answer.data ?? []).map((tweet) => tweet.id),
        next: answer.meta?.next_token,
      };
    },
    sameId,
  );
  return (
    <>
      <PageHeader title="Bookmarks" />
      <ListView
        list={list}
        render={(id) => <TweetArticle key={id} id={id} />}
        empty={<EmptyState icon="bookmark" title="No bookmarks yet" />}
      />
    </>
  );
}
