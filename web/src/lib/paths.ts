/** Profiles carry an @, so that no username can collide with a page or an API path. */
export const profilePath = (username: string): string => `/@${username}`;

/** Where the author is not known yet, a placeholder stands in until the page corrects it. */
export const tweetPath = (id: string, username?: string): string =>
  username ? `/@${username}/status/${id}` : `/status/${id}`;

export const listPath = (id: string): string => `/lists/${id}`;

export const folderPath = (id: string): string => `/bookmarks/${id}`;

export const crawlPath = (id: string): string => `/crawls/${encodeURIComponent(id)}`;

/** A page that a crawl has dealt with. */
export const crawledPagePath = (id: string, url: string): string =>
  `${crawlPath(id)}/page?url=${encodeURIComponent(url)}`;

/** Cashtags keep their dollar sign, which tells them from hashtags. */
export const hashtagPath = (tag: string): string => `/hashtag/${encodeURIComponent(tag)}`;

export const searchPath = (query?: string): string =>
  query ? `/search?q=${encodeURIComponent(query)}` : '/search';
