import { profilePath } from '../../lib/paths';
import { place } from '../../lib/router';
import { openComposer } from '../../state/compose';
import { isAdmin, isModerator } from '../../state/roles';
import { me } from '../../state/session';
import { unread } from '../../state/unread';
import { Icon, type IconName } from '../ui/Icon';
import { Mark } from '../ui/Mark';
import { AccountMenu } from './AccountMenu';

const PARENTS = ['/lists', '/crawls', '/moderation', '/notifications', '/operations'];

function Item({
  href,
  icon,
  label,
  testId,
  badge = 0,
}: {
  href: string;
  icon: IconName;
  label: string;
  testId: string;
  badge?: number;
}) {
  const path = place.value.path;
  // Single crawls, lists and cases belong to their page; tweets do not belong to the own profile.
  const current = path === href || (PARENTS.includes(href) && path.startsWith(`${href}/`));
  return (
    <a
      class="nav-item"
      href={href}
      aria-current={current ? 'page' : undefined}
      aria-label={badge > 0 ? `${label}, ${badge} unread` : label}
      // Where the words have no room, pointers see them here.
      title={label}
      data-testid={testId}
    >
      <span class="nav-icon">
        <Icon name={icon} size={25} />
        {badge > 0 && (
          <span class="nav-badge" data-testid="unread-badge">
            {badge > 99 ? '99+' : badge}
          </span>
        )}
      </span>
      <span class="nav-label">{label}</span>
    </a>
  );
}

/** One set of elements: a column on wide screens, spread over top and tab bar on phones by CSS. */
export function Nav() {
  const viewer = me.value;
  return (
    <header class="side">
      <a class="brand" href="/" aria-label="Rookery, home">
        <Mark size={38} />
        <span class="brand-name">Rookery</span>
      </a>
      <nav class="nav" aria-label="Main">
        <Item href="/" icon="home" label="Home" testId="nav-home" />
        <Item href="/search" icon="search" label="Search" testId="nav-search" />
        <Item
          href="/notifications"
          icon="bell"
          label="Notifications"
          testId="nav-notifications"
          badge={unread.value}
        />
        <Item href="/bookmarks" icon="bookmark" label="Bookmarks" testId="nav-bookmarks" />
        <Item href="/lists" icon="list" label="Lists" testId="nav-lists" />
        <Item href="/crawls" icon="web" label="Crawls" testId="nav-crawls" />
        {isModerator.value && (
          <Item href="/moderation" icon="shield" label="Moderation" testId="nav-moderation" />
        )}
        {isAdmin.value && (
          <Item href="/operations" icon="gauge" label="Operations" testId="nav-operations" />
        )}
        {viewer && (
          <Item
            href={profilePath(viewer.username)}
            icon="user"
            label="Profile"
            testId="nav-profile"
          />
        )}
      </nav>
      <button
        type="button"
        class="button button-primary compose-button"
        data-testid="nav-compose"
        aria-label="New tweet"
        onClick={() => openComposer()}
      >
        <Icon name="feather" size={22} />
        <span>New tweet</span>
      </button>
      <AccountMenu />
    </header>
  );
}
