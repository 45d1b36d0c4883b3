import type { Tweet, TweetMetrics, User, UserMetrics } from '../../src/api/types';

export const ME = '1';

/** Counts that are all the same. */
export const userCounts = (all: number): UserMetrics => ({
  followers_count: all,
  following_count: all,
  tweet_count: all,
  post_count: all,
  listed_count: all,
  like_count: all,
  media_count: all,
});

/** Counts that are all the same. */
export const tweetCounts = (all: number): TweetMetrics => ({
  like_count: all,
  retweet_count: all,
  repost_count: all,
  reply_count: all,
  quote_count: all,
  bookmark_count: all,
  impression_count: all,
});

/** A user with counts, as a profile shows it. */
export const user = (id: string, more: Partial<User> = {}): User => ({
  id,
  name: `User ${id}`,
  username: `user${id}`,
  public_metrics: userCounts(10),
  ...more,
});

/** A tweet with counts and what the viewer did with it. */
export const tweet = (id: string, more: Partial<Tweet> = {}): Tweet => ({
  id,
  text: `Tweet ${id}`,
  author_id: '2',
  public_metrics: tweetCounts(5),
  edit_history_tweet_ids: [id],
  viewer: { liked: false, retweeted: false },
  ...more,
});
