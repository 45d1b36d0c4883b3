/** The wire shapes of the API. Every field outside the default object is optional. */

export type ConnectionStatus =
  | 'following'
  | 'followed_by'
  | 'follow_request_sent'
  | 'follow_request_received'
  | 'blocking'
  | 'muting';

export interface UserMetrics {
  followers_count: number;
  following_count: number;
  tweet_count: number;
}

export interface User {
  id: string;
  name: string;
  username: string;
  created_at?: string;
  description?: string;
  location?: string;
  profile_image_url?: string;
  profile_banner_url?: string;
  protected?: boolean;
  url?: string;
  verified?: boolean;
  pinned_tweet_id?: string;
  public_metrics?: UserMetrics;
  connection_status?: ConnectionStatus[];
}

export interface UrlEntity {
  start: number;
  end: number;
  url: string;
  expanded_url?: string;
  display_url?: string;
  title?: string;
  description?: string;
  images?: { url: string; width?: number; height?: number }[];
}

export interface Entities {
  urls?: UrlEntity[];
  mentions?: { start: number; end: number; username: string; id?: string }[];
  hashtags?: { start: number; end: number; tag: string }[];
}

export interface TweetMetrics {
  like_count: number;
  retweet_count: number;
  reply_count: number;
  quote_count: number;
}

export interface ReferencedTweet {
  type: 'retweeted' | 'replied_to' | 'quoted';
  id: string;
}

export interface Poll {
  id: string;
  options: { position: number; label: string; votes: number }[];
  end_datetime?: string;
  voting_status?: 'open' | 'closed';
}

export interface Tweet {
  id: string;
  text: string;
  /** All versions, oldest first; the last one is the newest. */
  edit_history_tweet_ids?: string[];
  edit_controls?: { edits_remaining: number; is_edit_eligible: boolean; editable_until: string };
  author_id?: string;
  conversation_id?: string;
  created_at?: string;
  entities?: Entities;
  public_metrics?: TweetMetrics;
  referenced_tweets?: ReferencedTweet[];
  in_reply_to_user_id?: string;
  attachments?: { media_keys?: string[] };
  viewer?: {
    liked: boolean;
    retweeted: boolean;
    bookmarked?: boolean;
    voted?: boolean;
    hidden?: boolean;
  };
  poll?: Poll;
}

export interface Media {
  media_key: string;
  type: 'photo' | 'animated_gif' | 'video';
  url?: string;
  preview_image_url?: string;
  width?: number;
  height?: number;
  alt_text?: string;
  duration_ms?: number;
  subtitles?: { language_code: string; display_name?: string; url: string }[];
  variants?: { url?: string; content_type?: string; bit_rate?: number }[];
}

export interface Includes {
  media?: Media[];
  polls?: Poll[];
  users?: User[];
  tweets?: Tweet[];
}

export interface PageMeta {
  result_count?: number;
  newest_id?: string;
  oldest_id?: string;
  next_token?: string;
}

export interface One<T> {
  data?: T;
  includes?: Includes;
  errors?: { detail?: string; title?: string }[];
}

export interface Many<T> {
  data?: T[];
  includes?: Includes;
  meta?: PageMeta;
}

export type NotificationType =
  | 'follow'
  | 'follow_request'
  | 'like'
  | 'retweet'
  | 'reply'
  | 'mention'
  | 'quote'
  | 'tweet'
  | 'poll'
  | 'message';

export interface Notification {
  id: string;
  type: NotificationType;
  actor?: User;
  tweet_id?: string;
  title?: string;
  text?: string;
  read: boolean;
  created_at: string;
}

export interface NotificationPage {
  data?: Notification[];
  meta?: PageMeta & { unread_count?: number };
}

export type CrawlState = 'running' | 'finished' | 'stopped' | 'failed';

export interface Crawl {
  id: string;
  url: string;
  status: CrawlState;
  reason?: string | null;
  created_at: string;
  stats?: { fetched: number; discovered: number; failed: number; queued: number };
}

export interface CrawlPage {
  url: string;
  status_code?: number | null;
  title?: string | null;
  depth: number;
  content_type?: string | null;
  fetched_at?: string | null;
  error?: string | null;
}

export interface Mail {
  channel: string;
  to: string;
  subject?: string;
  text?: string;
  data?: { token?: string };
}
