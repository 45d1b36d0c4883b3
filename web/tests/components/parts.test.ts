import { type ComponentChild, h, render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError, failureOf } from '../../src/api/http';
import { saveTokens } from '../../src/api/tokens';
import type { Media, Notification } from '../../src/api/types';
import { Composer } from '../../src/components/compose/Composer';
import { CrawlForm } from '../../src/components/crawl/Form';
import { AccountMenu } from '../../src/components/shell/AccountMenu';
import { TweetActions } from '../../src/components/tweet/Actions';
import { QuotedTweet } from '../../src/components/tweet/Quoted';
import { TweetBody } from '../../src/components/tweet/Text';
import { ErrorState } from '../../src/components/ui/Feedback';
import { NotificationItem } from '../../src/components/ui/NotificationItem';
import { keepText } from '../../src/state/compose';
import { loadMe, watchSession } from '../../src/state/session';
import { clearStore, putTweets, type StoredTweet, tweetRef } from '../../src/state/store';
import { ME, tweet, user } from '../support/objects';
import { answer, type Seen, serve } from '../support/server';

const root = document.createElement('div');
document.body.append(root);
const show = (part: ComponentChild) => act(() => render(part, root));
const find = <Kind extends HTMLElement>(id: string): Kind => {
  const found = root.querySelector<Kind>(`[data-testid="${id}"]`);
  if (!found) throw new Error(`there is no ${id}`);
  return found;
};
const has = (id: string): boolean => root.querySelector(`[data-testid="${id}"]`) !== null;
const click = (id: string) => act(() => find(id).click());
const fill = (id: string, value: string) =>
  act(() => {
    find<HTMLInputElement>(id).value = value;
    find(id).dispatchEvent(new Event('input', { bubbles: true }));
  });
const settled = () => act(() => new Promise((done) => setTimeout(done)));

async function signIn(): Promise<void> {
  saveTokens({ access: 'A', refresh: 'R' });
  serve(() => answer({ data: user(ME) }));
  await loadMe();
}

beforeEach(async () => {
  clearStore();
  sessionStorage.clear();
  await signIn();
});

afterEach(() => act(() => render(null, root)));

describe('a bookmark', () => {
  it.each([true, false])('shows whether it is set: %s', async (bookmarked) => {
    await show(
      h(TweetActions, {
        tweet: tweet('5', { viewer: { liked: false, retweeted: false, bookmarked } }),
      }),
    );
    const filled = find('tweet-bookmark').querySelector('.icon-filled');
    expect(filled !== null).toBe(bookmarked);
    expect(find('tweet-bookmark').getAttribute('aria-pressed')).toBe(String(bookmarked));
  });
});

describe('the composer', () => {
  const composer = h(Composer, { label: 'Text', placeholder: '', submit: 'Tweet' });
  const sent = (seen: Seen[]) => seen.filter((one) => one.method === 'POST');

  it('schedules with its first button once a time is chosen', async () => {
    await show(composer);
    await fill('compose-text', 'Later');
    expect(find('compose-submit').textContent).toBe('Tweet');
    await click('compose-schedule');
    expect(has('compose-submit')).toBe(false);
    expect(find('schedule-submit').textContent).toBe('Schedule');
    expect(find('schedule-submit').classList.contains('button-primary')).toBe(true);
    const seen = serve(() => answer({ data: { id: '7' } }));
    await act(() => find<HTMLFormElement>('compose-form').requestSubmit());
    await settled();
    expect(sent(seen).map((one) => one.path)).toEqual(['/1/tweets/scheduled']);
    expect(find('compose-submit').textContent).toBe('Tweet');
  });

  it('posts at once where the time is taken back', async () => {
    await show(composer);
    await fill('compose-text', 'Now');
    await click('compose-schedule');
    await click('compose-schedule');
    const seen = serve(() => answer({ data: { id: '7' } }));
    await act(() => find<HTMLFormElement>('compose-form').requestSubmit());
    await settled();
    expect(sent(seen).map((one) => one.path)).toEqual(['/2/tweets']);
  });

  it('keeps what was not sent, also when the page is loaded again', async () => {
    await show(composer);
    await fill('compose-text', 'Half a thou');
    await act(() => render(null, root));
    expect(sessionStorage.getItem('rookery-unsent:new')).toBe('Half a thou');
    await show(composer);
    expect(find<HTMLTextAreaElement>('compose-text').value).toBe('Half a thou');
  });

  it('leaves no text to the next account of the device', () => {
    watchSession();
    keepText('new', 'a secret');
    saveTokens(null);
    expect(sessionStorage.length).toBe(0);
  });
});

describe('a long text', () => {
  function Body({ id }: { id: string }) {
    return h(TweetBody, { tweet: tweetRef(id).value as StoredTweet });
  }

  it('shows its start, and the whole on request', async () => {
    const viewer = { liked: false, retweeted: false, truncated: true };
    putTweets([tweet('9', { text: 'The start…', viewer })], undefined);
    await show(h(Body, { id: '9' }));
    expect(root.textContent).toContain('The start…');
    const seen = serve(() =>
      answer({ data: tweet('9', { note_tweet: { text: 'The start and the rest' } }) }),
    );
    await click('show-more');
    await settled();
    const asked = seen.find((one) => one.path === '/2/tweets/9');
    expect(asked?.query.get('tweet.fields')).toBe('note_tweet');
    expect(root.textContent).toBe('The start and the rest');
  });

  it('has no button where the whole is there', async () => {
    putTweets([tweet('9', { text: 'All' })], undefined);
    await show(h(Body, { id: '9' }));
    expect(has('show-more')).toBe(false);
  });
});

describe('a quotation', () => {
  it('shows pictures, the card and links as people know them', async () => {
    const photo = {
      media_key: '3_1',
      type: 'photo',
      url: 'http://x.test/a.jpg',
      alt_text: 'A bird',
    };
    const link = { url: 'https://t.test/1', display_url: 'example.org/…', title: 'A page' };
    putTweets(
      [
        tweet('9', {
          text: 'See https://t.test/1',
          attachments: { media_keys: ['3_1'] },
          entities: {
            urls: [{ start: 4, end: 20, expanded_url: 'https://example.org/', ...link }],
          },
        }),
      ],
      { media: [photo as Media] },
    );
    await show(h(QuotedTweet, { id: '9' }));
    expect(find('quoted-media').getAttribute('alt')).toBe('A bird');
    expect(find('quoted-card').textContent).toContain('A page');
    expect(find('quoted-tweet').textContent).toContain('See example.org/…');
    expect(find('quoted-tweet').querySelectorAll('a, button, video')).toHaveLength(0);
  });
});

describe('a notification', () => {
  it('of a crawl leads to the crawl', async () => {
    const item = { id: 'a', type: 'message', read: false, created_at: '2026-01-01T00:00:00.000Z' };
    const actor = { id: ME, username: 'me', name: 'Me' };
    await show(h(NotificationItem, { item: { ...item, actor, crawl_id: 'c1' } as Notification }));
    expect(find('notification').getAttribute('href')).toBe('/crawls/c1');
  });

  it.each([
    ['https://example.org/a', 'https://example.org/a', true],
    [`${location.origin}/settings`, `${location.origin}/settings`, false],
    ['javascript:alert(1)', '/@me', false],
  ])('with the link %s leads to %s', async (url, href, named) => {
    const actor = { id: ME, username: 'me', name: 'Me' };
    const item = { id: 'a', type: 'message', read: false, created_at: '2026-01-01T00:00:00.000Z' };
    await show(h(NotificationItem, { item: { ...item, actor, url } as Notification }));
    expect(find('notification').getAttribute('href')).toBe(href);
    expect(has('notification-host')).toBe(named);
  });
});

describe('a failure', () => {
  it.each([
    [404, false],
    [403, false],
    [410, false],
    [500, true],
    [429, true],
    [0, true],
  ])('with %d offers another try: %s', async (status, offered) => {
    const again = vi.fn();
    await show(h(ErrorState, { failure: failureOf(new ApiError(status, 'No.')), onRetry: again }));
    expect(root.querySelector('button') !== null).toBe(offered);
    expect(root.textContent).toContain('No.');
  });
});

describe('logging out', () => {
  it('asks first', async () => {
    const seen = serve(() => answer({}));
    await show(h(AccountMenu, null));
    await click('logout');
    await act(() =>
      find('confirm-dialog').querySelector<HTMLElement>('.dialog-actions .button')?.click(),
    );
    expect(root.querySelector('dialog')).toBeNull();
    await click('logout');
    expect(seen).toHaveLength(0);
    await click('confirm-action');
    await settled();
    expect(seen.map((one) => `${one.method} ${one.path}`)).toEqual(['DELETE /1/sessions/current']);
  });
});

describe('the crawl form', () => {
  const refused = () => answer({ errors: [{ message: 'url: port 8000 is not allowed' }] }, 400);

  it('says what to tick for an address of this machine', async () => {
    await show(h(CrawlForm, null));
    await fill('crawl-url', 'http://127.0.0.1:8000/demo/');
    expect(find('crawl-form').textContent).toContain('Needed for this address');
    serve(refused);
    await act(() => find<HTMLFormElement>('crawl-form').requestSubmit());
    await settled();
    expect(find('form-error').textContent).toContain('Tick “Allow private addresses”');
  });
});
