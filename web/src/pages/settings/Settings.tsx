import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { type Failure, failureOf } from '../../api/http';
import { fetchAccount } from '../../api/settings';
import type { Account } from '../../api/types';
import { NotificationsSection } from '../../components/notify/NotificationsSection';
import { ConnectedAppsSection, SessionsSection } from '../../components/settings/AccessSections';
import { AccountSection } from '../../components/settings/AccountSection';
import { HeldSection, RequestsSection } from '../../components/settings/PeopleSections';
import { ProfileSection } from '../../components/settings/ProfileSection';
import { SecuritySection } from '../../components/settings/SecuritySection';
import { ErrorState, Skeleton } from '../../components/ui/Feedback';
import { Icon, type IconName } from '../../components/ui/Icon';
import { PageHeader } from '../../components/ui/PageHeader';
import { useTitle } from '../../state/hooks';
import { me } from '../../state/session';
import { NotFoundPage } from '../NotFound';

const SECTIONS: { id: string; icon: IconName; title: string; note: string }[] = [
  {
    id: 'profile',
    icon: 'user',
    title: 'Profile',
    note: 'Pictures, name, bio, visibility of your tweets',
  },
  {
    id: 'account',
    icon: 'at',
    title: 'Account',
    note: 'Username, email address, your data, deactivation',
  },
  {
    id: 'notifications',
    icon: 'bell',
    title: 'Notifications',
    note: 'What reaches you where, quiet hours, digests, devices',
  },
  { id: 'requests', icon: 'user', title: 'Follow requests', note: 'People who ask to follow you' },
  {
    id: 'hidden',
    icon: 'mute',
    title: 'Muted and blocked',
    note: 'Accounts that you muted or blocked',
  },
  {
    id: 'security',
    icon: 'shield',
    title: 'Security',
    note: 'Password, two-factor authentication',
  },
  { id: 'sessions', icon: 'device', title: 'Sessions', note: 'Devices on which you are logged in' },
  { id: 'apps', icon: 'plug', title: 'Connected apps', note: 'Apps that may act for you' },
  {
    id: 'developer',
    icon: 'code',
    title: 'Developer apps',
    note: 'Keys and tokens of your own apps',
  },
];

function Index() {
  useTitle('Settings');
  return (
    <>
      <PageHeader title="Settings" />
      <nav class="settings-index" aria-label="Settings">
        {SECTIONS.map((section) => (
          <a
            key={section.id}
            href={`/settings/${section.id}`}
            data-testid={`settings-${section.id}`}
          >
            <span class="access-icon">
              <Icon name={section.icon} size={22} />
            </span>
            <span class="access-text">
              <strong>{section.title}</strong>
              <span class="muted">{section.note}</span>
            </span>
            <Icon name="chevron" size={18} />
          </a>
        ))}
      </nav>
    </>
  );
}

/** Sections about what is private to the account share one read of it. */
function WithAccount({
  show,
}: {
  show: (account: Account, reload: () => Promise<void>) => ComponentChildren;
}) {
  const [account, setAccount] = useState<Account | null>(null);
  const [error, setError] = useState<Failure | null>(null);
  const load = async (): Promise<void> => {
    try {
      setAccount(await fetchAccount());
      setError(null);
    } catch (cause) {
      setError(failureOf(cause));
    }
  };
  useEffect(() => void load(), []);
  if (account) return <>{show(account, load)}</>;
  return error ? <ErrorState failure={error} onRetry={() => void load()} /> : <Skeleton rows={4} />;
}

function Body({ id }: { id: string }) {
  const user = me.value;
  switch (id) {
    case 'profile':
      return user ? <ProfileSection key={user.id} user={user} /> : <Skeleton rows={4} />;
    case 'account':
      return (
        <WithAccount
          show={(account, reload) => <AccountSection account={account} reload={reload} />}
        />
      );
    case 'security':
      return (
        <WithAccount
          show={(account, reload) => <SecuritySection account={account} reload={reload} />}
        />
      );
    case 'notifications':
      return <NotificationsSection />;
    case 'requests':
      return <RequestsSection />;
    case 'hidden':
      return <HeldSection />;
    case 'sessions':
      return <SessionsSection />;
    default:
      return <ConnectedAppsSection />;
  }
}

function Section({ id, title }: { id: string; title: string }) {
  useTitle(title);
  return (
    <>
      <PageHeader title={title} note="Settings" back />
      <div class="settings">
        <Body id={id} />
      </div>
    </>
  );
}

export function SettingsPage({ section }: { section?: string }) {
  if (!section) return <Index />;
  const found = SECTIONS.find((one) => one.id === section);
  return found ? <Section id={found.id} title={found.title} /> : <NotFoundPage />;
}
