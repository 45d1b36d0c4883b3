import { describe, expect, it } from 'vitest';
import { guardedPage, openPage } from '../src/routes';

describe('guarded pages', () => {
  it.each([
    ['/', 'HomePage', {}],
    ['/notifications/', 'NotificationsPage', {}],
    ['/search', 'SearchPage', {}],
    ['/hashtag/rookcount', 'HashtagPage', { tag: 'rookcount' }],
    ['/bookmarks', 'BookmarksPage', { folder: undefined }],
    ['/bookmarks/12', 'BookmarksPage', { folder: '12' }],
    ['/lists', 'ListsPage', { tab: undefined }],
    ['/lists/pinned', 'ListsPage', { tab: 'pinned' }],
    ['/lists/7', 'ListPage', { id: '7', tab: undefined }],
    ['/lists/7/members', 'ListPage', { id: '7', tab: 'members' }],
    ['/planned/drafts', 'PlannedPage', { kind: 'drafts' }],
    ['/crawls/abc', 'CrawlPage', { id: 'abc' }],
    ['/moderation', 'ModerationPage', { section: undefined }],
    ['/moderation/audit', 'ModerationPage', { section: 'audit' }],
    ['/moderation/reports/tweet-5', 'CasePage', { id: 'tweet-5' }],
    ['/moderation/users/@ada', 'ModeratedAccountPage', { name: '@ada' }],
    ['/settings', 'SettingsPage', { section: undefined }],
    ['/settings/security', 'SettingsPage', { section: 'security' }],
    ['/settings/developer', 'AppsPage', {}],
    ['/settings/developer/x-1', 'AppPage', { id: 'x-1' }],
    ['/@ada', 'ProfilePage', { username: 'ada' }],
    ['/@ada/followers', 'RelatedPage', { username: 'ada', relation: 'followers' }],
    ['/@ada/status/5', 'TweetPage', { id: '5' }],
    ['/status/5', 'TweetPage', { id: '5' }],
  ])('%s', (path, name, params) => {
    const found = guardedPage(path);
    expect(found?.page.name).toBe(name);
    expect(found?.params).toEqual(params);
    expect(openPage(path)).toBeNull();
  });
});

it.each([
  ['/login', 'LoginPage'],
  ['/register', 'RegisterPage'],
  ['/verify', 'VerifyPage'],
  ['/reset', 'ResetPage'],
  ['/email-undo', 'EmailUndoPage'],
  ['/dev/outbox', 'OutboxPage'],
])('%s needs no session', (path, name) => {
  expect(openPage(path)?.page.name).toBe(name);
  expect(guardedPage(path)).toBeNull();
});

it.each(['/nowhere', '/ada', '/@ada/likes', '/status/x', '/lists/x', '/moderation/users/ada'])(
  'nothing is at %s',
  (path) => {
    expect(openPage(path) ?? guardedPage(path)).toBeNull();
  },
);
