import { request } from './http';
import type { Updates } from './types';

export interface UpdatesQuery {
  /** Without it only the unread count is told. */
  since?: string;
  /** Ids after `since` that need no telling. */
  known?: string[];
  /** Also looks for tweets of people followed just now. */
  full?: boolean;
}

/** What the pill needs to know: the tweets themselves are loaded when they are shown. */
const FIELDS = 'author_id,referenced_tweets';

export const fetchUpdates = ({ since, known, full }: UpdatesQuery): Promise<Updates> =>
  request('/1/updates', {
    query: {
      since_id: since,
      known_ids: known?.join(','),
      full: full ? 'true' : undefined,
      'tweet.fields': since && FIELDS,
    },
  });
