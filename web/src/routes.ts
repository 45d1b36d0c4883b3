import type { ComponentType } from 'preact';
import { EmailUndoPage } from './pages/account/EmailUndo';
import { LoginPage } from './pages/account/Login';
import { RegisterPage } from './pages/account/Register';
import { ResetPage } from './pages/account/Reset';
import { VerifyPage } from './pages/account/Verify';
import { CrawlPage } from './pages/crawl/Crawl';
import { CrawledPage } from './pages/crawl/CrawledPage';
import { CrawlsPage } from './pages/crawl/Crawls';
import { BookmarksPage } from './pages/lists/Bookmarks';
import { ListPage } from './pages/lists/List';
import { ListsPage } from './pages/lists/Lists';
import { CasePage } from './pages/moderation/Case';
import { ModeratedAccountPage } from './pages/moderation/ModeratedAccount';
import { ModerationPage } from './pages/moderation/Moderation';
import { NotificationsPage } from './pages/Notifications';
import { OperationsPage } from './pages/operations/Operations';
import { OutboxPage } from './pages/outbox/Outbox';
import { ProfilePage } from './pages/profile/Profile';
import { RelatedPage } from './pages/profile/Related';
import { SearchPage } from './pages/profile/Search';
import { AppPage } from './pages/settings/App';
import { AppsPage } from './pages/settings/Apps';
import { SettingsPage } from './pages/settings/Settings';
import { HashtagPage } from './pages/tweet/Hashtag';
import { HomePage } from './pages/tweet/Home';
import { PlannedPage } from './pages/tweet/Planned';
import { TweetPage } from './pages/tweet/Tweet';

interface Found {
  page: Page;
  params: Record<string, string>;
}

// Pages take the named groups of their pattern as props, which no single type can state.
// biome-ignore lint/suspicious/noExplicitAny: see above
type Page = ComponentType<any>;

/** Pages that need no session. */
const OPEN: [RegExp, Page][] = [
  [/^\/login\/?$/, LoginPage],
  [/^\/register\/?$/, RegisterPage],
  [/^\/verify\/?$/, VerifyPage],
  [/^\/reset\/?$/, ResetPage],
  [/^\/email-undo\/?$/, EmailUndoPage],
  [/^\/dev\/outbox\/?$/, OutboxPage],
];

/** Pages that need the own account. */
const GUARDED: [RegExp, Page][] = [
  [/^\/$/, HomePage],
  [/^\/notifications(?:\/(?<view>mentions|archive))?\/?$/, NotificationsPage],
  [/^\/search\/?$/, SearchPage],
  [/^\/hashtag\/(?<tag>[^/]+)\/?$/, HashtagPage],
  [/^\/bookmarks(?:\/(?<folder>\d+))?\/?$/, BookmarksPage],
  [/^\/lists(?:\/(?<tab>pinned|followed))?\/?$/, ListsPage],
  [/^\/lists\/(?<id>\d+)(?:\/(?<tab>members))?\/?$/, ListPage],
  [/^\/planned\/?$/, PlannedPage],
  [/^\/planned\/(?<kind>drafts)\/?$/, PlannedPage],
  [/^\/crawls\/?$/, CrawlsPage],
  [/^\/crawls\/(?<id>[^/]+)\/page\/?$/, CrawledPage],
  [/^\/crawls\/(?<id>[^/]+)(?:\/(?<section>hosts|site|changes|exports))?\/?$/, CrawlPage],
  [/^\/moderation\/reports\/(?<id>(?:user|tweet)-\d+)\/?$/, CasePage],
  [/^\/moderation\/users\/(?<name>@\w+|\d+)\/?$/, ModeratedAccountPage],
  [/^\/moderation(?:\/(?<section>open|claimed|audit))?\/?$/, ModerationPage],
  [/^\/operations(?:\/(?<section>timeline|templates|queues|suppressions))?\/?$/, OperationsPage],
  [/^\/settings\/developer\/?$/, AppsPage],
  [/^\/settings\/developer\/(?<id>[\w-]+)\/?$/, AppPage],
  [/^\/settings(?:\/(?<section>\w+))?\/?$/, SettingsPage],
  [/^\/@(?<username>\w+)\/?$/, ProfilePage],
  [/^\/@(?<username>\w+)\/(?<relation>followers|following)\/?$/, RelatedPage],
  [/^\/(?:@\w+\/)?status\/(?<id>\d+)\/?$/, TweetPage],
];

function find(table: [RegExp, Page][], path: string): Found | null {
  for (const [pattern, page] of table) {
    const match = pattern.exec(path);
    if (match) return { page, params: { ...match.groups } };
  }
  return null;
}

export const openPage = (path: string): Found | null => find(OPEN, path);
export const guardedPage = (path: string): Found | null => find(GUARDED, path);
