import type { Tweet, User } from '../../src/api/types';

export const ME = '1';

/** A user with counts, as a profile shows it. */
export const user = (id: string, more: Partial<User> = {}): User => ({
  id,
  name: `User ${id}`,
  username: `user${id}`,
  public_metrics: { followers_count: 10, following_count: 10, tweet_count: 10 },
  ...more,
});

/** A tweet with counts and what the viewer did with it. */
export const tweet = (id: string, more: Partial<Tweet> = {}): Tweet => ({
  id,
  text: `Tweet ${id}`,
  author_id: '2',
  public_metrics: { like_count: 5, retweet_count: 5, reply_count: 5, quote_count: 5 },
  viewer: { liked: false, retweeted: false },
  ...more,
});
