import { useState } from 'preact/hooks';
import { logOut } from '../../api/accounts';
import { errorText } from '../../api/http';
import { profilePath } from '../../lib/paths';
import { navigate } from '../../lib/router';
import { leavePush } from '../../state/push';
import { me } from '../../state/session';
import { theme, toggleTheme } from '../../state/theme';
import { showToast } from '../../state/toasts';
import { Avatar } from '../ui/Avatar';
import { ConfirmDialog } from '../ui/Dialog';
import { Icon } from '../ui/Icon';
import { Name } from '../ui/Name';

export function ThemeToggle() {
  const dark = theme.value === 'dark';
  const label = dark ? 'Use the light theme' : 'Use the dark theme';
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={label}
      title={label}
      data-testid="theme-toggle"
      onClick={toggleTheme}
    >
      <Icon name={dark ? 'sun' : 'moon'} />
    </button>
  );
}

async function leave(): Promise<void> {
  // The next account on this device must not get the pushes of this one.
  await leavePush().catch(() => undefined);
  try {
    await logOut();
  } catch (error) {
    // The device is logged out in any case; only the server may not know.
    showToast(`You are logged out on this device. ${errorText(error)}`, 'error');
  }
  navigate('/login', { replace: true });
}

export function AccountMenu() {
  const [asking, setAsking] = useState(false);
  const viewer = me.value;
  if (!viewer) return null;
  return (
    <div class="account">
      <a class="account-who" href={profilePath(viewer.username)}>
        <Avatar user={viewer} size={40} />
        <span class="account-name">
          <strong>
            <Name user={viewer} />
          </strong>
          <span class="muted">@{viewer.username}</span>
        </span>
      </a>
      <a
        class="icon-button"
        href="/settings"
        aria-label="Settings"
        title="Settings"
        data-testid="nav-settings"
      >
        <Icon name="settings" />
      </a>
      <ThemeToggle />
      <button
        type="button"
        class="icon-button"
        aria-label="Log out"
        title="Log out"
        data-testid="logout"
        onClick={() => setAsking(true)}
      >
        <Icon name="logout" />
      </button>
      {asking && (
        <ConfirmDialog
          title="Log out?"
          text={`You can come back as @${viewer.username} at any time. Texts you have not sent are lost.`}
          action="Log out"
          onClose={() => setAsking(false)}
          onConfirm={() => {
            setAsking(false);
            void leave();
          }}
        />
      )}
    </div>
  );
}
