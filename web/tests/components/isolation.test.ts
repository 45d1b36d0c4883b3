import { type ComponentChild, h, render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { saveTokens } from '../../src/api/tokens';
import type { Notification } from '../../src/api/types';
import { CaseRow } from '../../src/components/moderation/CaseRow';
import { ProfileHeader } from '../../src/components/profile/Header';
import { UserRow } from '../../src/components/profile/UserRow';
import { AccountMenu } from '../../src/components/shell/AccountMenu';
import { TweetArticle } from '../../src/components/tweet/Article';
import { FocusTweet } from '../../src/components/tweet/Focus';
import { LinkCard } from '../../src/components/tweet/LinkCard';
import { TweetPoll } from '../../src/components/tweet/Poll';
import { NotificationItem } from '../../src/components/ui/NotificationItem';
import { isolated } from '../../src/lib/text/isolation';
import { BookmarksPage } from '../../src/pages/lists/Bookmarks';
import { ListPage } from '../../src/pages/lists/List';
import { ListsPage } from '../../src/pages/lists/Lists';
import { ProfilePage } from '../../src/pages/profile/Profile';
import { loadMe } from '../../src/state/session';
import { clearStore, putTweets, putUsers } from '../../src/state/store';
import { ME, tweet, user } from '../support/objects';
import { answer, serve } from '../support/server';

/** Hebrew, and an override that nothing ends: both reorder what follows them. */
const NAME = 'שם \u202eמוזר';
const SOURCES: Record<string, string> = import.meta.glob('../../src/**/*.tsx', {
  query: '?raw',
  import: 'default',
  eager: true,
});

const root = document.createElement('div');
document.body.append(root);
const settled = () => act(() => new Promise((done) => setTimeout(done)));
async function show(part: ComponentChild): Promise<void> {
  await act(() => render(part, root));
  await settled();
}

/** Places that show the name without an element of its own that keeps its direction in. */
function bare(): string[] {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const found: string[] = [];
  let seen = 0;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.nodeValue?.includes(NAME)) continue;
    seen += 1;
    const box = node.parentElement?.closest('bdi, [dir="auto"]');
    // Nothing but the name itself is inside.
    if (box?.textContent !== NAME) found.push(node.parentElement?.outerHTML ?? '');
  }
  expect(seen, 'the name is shown').toBeGreaterThan(0);
  return found;
}

beforeEach(async () => {
  clearStore();
  saveTokens({ access: 'A', refresh: 'R' });
  serve(() => answer({ data: user(ME, { name: NAME }) }));
  await loadMe();
  putUsers([user('2', { name: NAME, location: NAME, description: NAME })]);
});

afterEach(() => act(() => render(null, root)));

const options = [1, 2].map((position) => ({ position, label: NAME, votes: 1 }));
const poll = {
  id: '5',
  options,
  voting_status: 'open',
  end_datetime: '2099-01-01T00:00:00.000Z',
} as const;
const notification = (more: Partial<Notification>): Notification =>
  ({
    id: '1',
    type: 'like',
    read: true,
    created_at: '2026-01-01T00:00:00.000Z',
    ...more,
  }) as Notification;

describe('a name in a right-to-left script is isolated', () => {
  const parts: Record<string, () => ComponentChild> = {
    'a tweet': () => h(TweetArticle, { id: '5' }),
    'a retweet': () => h(TweetArticle, { id: '6' }),
    'a quotation': () => h(TweetArticle, { id: '7' }),
    'a reply': () => h(TweetArticle, { id: '8' }),
    'a tweet in focus': () => h(FocusTweet, { tweet: tweet('5', { text: NAME }), ...ACTS }),
    'a poll': () => h(TweetPoll, { tweet: { ...tweet('5'), poll } }),
    'results of a poll': () =>
      h(TweetPoll, {
        tweet: {
          ...tweet('5', { viewer: { liked: false, retweeted: false, voted: true } }),
          poll,
        },
      }),
    'a link card': () =>
      h(LinkCard, {
        entity: {
          start: 0,
          end: 1,
          url: 'https://example.org/',
          expanded_url: 'https://example.org/',
          display_url: 'example.org',
          title: NAME,
          description: NAME,
        },
      }),
    'a notification': () =>
      h(NotificationItem, { item: notification({ actor: user('2', { name: NAME }) }) }),
    'a notification with a title': () =>
      h(NotificationItem, { item: notification({ title: NAME, text: NAME }) }),
    'a row of people': () => h(UserRow, { id: '2' }),
    'a profile': () =>
      h(ProfileHeader, {
        user: user('2', { name: NAME, location: NAME, description: NAME, verified: true }),
      }),
    'the own account': () => h(AccountMenu, null),
    'a report': () =>
      h(CaseRow, {
        found: {
          id: 'tweet-5',
          status: 'open',
          report_count: 1,
          categories: ['spam'],
          tweet_id: '5',
          text: NAME,
        },
      }),
  };
  const ACTS = { onReply: () => undefined, onRemoved: () => undefined };

  beforeEach(() => {
    const created_at = '2026-01-01T00:00:00.000Z';
    putTweets([
      tweet('5', { text: NAME, created_at }),
      tweet('6', { created_at, referenced_tweets: [{ type: 'retweeted', id: '5' }] }),
      tweet('7', { text: NAME, created_at, referenced_tweets: [{ type: 'quoted', id: '5' }] }),
      tweet('8', {
        text: NAME,
        created_at,
        in_reply_to_user_id: '2',
        referenced_tweets: [{ type: 'replied_to', id: '5' }],
      }),
    ]);
  });

  it.each(Object.keys(parts))('in %s', async (name) => {
    await show(parts[name]?.());
    expect(bare()).toEqual([]);
  });

  const list = { id: '9', name: NAME, description: NAME, owner_id: ME, member_count: 2 };
  const pages: Record<string, () => ComponentChild> = {
    'the page of a profile': () => h(ProfilePage, { username: 'user2' }),
    'the page of a list': () => h(ListPage, { id: '9' }),
    'the lists': () => h(ListsPage, { tab: undefined }),
    'the folders': () => h(BookmarksPage, { folder: undefined }),
  };

  it.each(Object.keys(pages))('on %s', async (name) => {
    serve(({ path }) => {
      if (path.startsWith('/2/users/by/')) {
        return answer({ data: user('2', { name: NAME, location: NAME }) });
      }
      if (path === '/2/lists/9') return answer({ data: list });
      if (path.endsWith('/owned_lists')) return answer({ data: [list], meta: {} });
      if (path.endsWith('/folders')) return answer({ data: [{ id: '3', name: NAME }], meta: {} });
      return answer({ data: [], meta: {} });
    });
    await show(pages[name]?.());
    expect(bare()).toEqual([]);
  });
});

describe('plain text', () => {
  it('isolates a name by characters that the name cannot end', () => {
    expect(isolated('\u2069\u202eevil')).toBe('\u2068evil\u2069');
    expect(isolated('שם')).toBe('\u2068שם\u2069');
  });
});

describe('the sources', () => {
  /** Children of elements that are names, with the tag before each. */
  const CHILD = /(<[^<>]*>|[^<>\s])\s*\{[\w?.]*\b(?:name|location)\}/g;

  it('show no name beside other words', () => {
    let seen = 0;
    for (const [path, text] of Object.entries(SOURCES)) {
      for (const [child, before] of text.matchAll(CHILD)) {
        // A property, as in title={app.name}, is looked at where it is shown.
        if (before === '=' || /^[({,:?&$]$/.test(before ?? '')) continue;
        seen += 1;
        expect(before, `${path}: ${child}`).toMatch(/^<bdi|dir="auto"/);
      }
    }
    expect(seen).toBeGreaterThan(3);
  });

  it('put no bare name into words that people read', () => {
    // Labels for screen readers are read in the order of their letters.
    const words = /(\S*)=?\{?`[^`]*\$\{[\w?.]*\.name\b[^`]*`/g;
    const found = Object.entries(SOURCES).flatMap(([path, text]) =>
      [...text.matchAll(words)]
        .filter(([, before]) => !before?.startsWith('aria-label'))
        .map(([shown]) => `${path}: ${shown}`),
    );
    expect(found).toEqual([]);
  });
});
