import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { errorText, type Failure, failureOf } from '../../api/http';
import {
  disconnectApp,
  endOtherSessions,
  endSession,
  fetchConnectedApps,
  fetchSessions,
} from '../../api/settings';
import { plural } from '../../lib/format';
import { isolated } from '../../lib/text/isolation';
import { showToast } from '../../state/toasts';
import { ConfirmDialog } from '../ui/Dialog';
import { EmptyState, ErrorState, Skeleton } from '../ui/Feedback';
import { ActionForm, Card } from '../ui/Form';
import { Icon, type IconName } from '../ui/Icon';
import { Time } from '../ui/Time';

/** A list that is read when it is shown, and again after a change. */
function useList<T>(read: () => Promise<T[]>) {
  const [items, setItems] = useState<T[] | null>(null);
  const [error, setError] = useState<Failure | null>(null);
  const load = async (): Promise<void> => {
    try {
      setItems(await read());
      setError(null);
    } catch (cause) {
      setError(failureOf(cause));
    }
  };
  useEffect(() => void load(), []);
  const state =
    error && !items ? (
      <ErrorState failure={error} onRetry={() => void load()} />
    ) : items ? null : (
      <Skeleton rows={3} />
    );
  return { items, load, state };
}

function Row({
  icon,
  title,
  note,
  children,
}: {
  icon: IconName;
  title: ComponentChildren;
  note: ComponentChildren;
  children?: ComponentChildren;
}) {
  return (
    <li class="access-row">
      <span class="access-icon">
        <Icon name={icon} size={22} />
      </span>
      <span class="access-text">
        <strong>{title}</strong>
        <span class="muted">{note}</span>
      </span>
      {children}
    </li>
  );
}

export function SessionsSection() {
  const { items, load, state } = useList(fetchSessions);
  const end = async (id: string): Promise<void> => {
    try {
      await endSession(id);
      showToast('The session has ended.');
      await load();
    } catch (cause) {
      showToast(errorText(cause), 'error');
    }
  };
  return (
    <Card
      title="Devices on which you are logged in"
      text="A session that you do not know is a reason to change your password."
    >
      {state}
      {items && (
        <ul class="access-list" data-testid="sessions">
          {items.map((session) => (
            <Row
              key={session.id}
              icon="device"
              title={
                <>
                  <bdi>{session.device ?? session.client.name}</bdi>{' '}
                  {session.current && <span class="tag">This one</span>}
                </>
              }
              note={
                <>
                  {session.device ? `${isolated(session.client.name)} · since ` : 'Since '}
                  <Time at={session.created_at} /> · used <Time at={session.refreshed_at} />
                </>
              }
            >
              {!session.current && (
                <button type="button" class="button" onClick={() => void end(session.id)}>
                  End
                </button>
              )}
            </Row>
          ))}
        </ul>
      )}
      {items && items.length > 1 && (
        <ActionForm
          action={async () => {
            await endOtherSessions();
            showToast('You are logged out everywhere else.');
            await load();
          }}
          label="Log out everywhere else"
          danger
          testId="end-others"
        />
      )}
    </Card>
  );
}

export function ConnectedAppsSection() {
  const { items, load, state } = useList(fetchConnectedApps);
  const [leaving, setLeaving] = useState<{ id: string; name: string } | null>(null);
  const disconnect = async (id: string): Promise<void> => {
    setLeaving(null);
    try {
      await disconnectApp(id);
      showToast('The app has no access any more.');
      await load();
    } catch (cause) {
      showToast(errorText(cause), 'error');
    }
  };
  return (
    <Card title="Connected apps" text="Apps of others that act for you, with your permission.">
      {state}
      {items?.length === 0 && <EmptyState icon="plug" title="No apps are connected" />}
      {items && items.length > 0 && (
        <ul class="access-list" data-testid="connected-apps">
          {items.map((app) => (
            <Row
              key={app.id}
              icon="plug"
              title={<bdi>{app.name}</bdi>}
              note={
                <>
                  Since <Time at={app.connected_at} /> ·{' '}
                  <details class="scopes">
                    <summary>{plural(app.scopes.length, 'permission')}</summary>
                    {app.scopes.join(', ')}
                  </details>
                </>
              }
            >
              <button
                type="button"
                class="button"
                aria-label={`Disconnect ${app.name}`}
                onClick={() => setLeaving(app)}
              >
                Disconnect
              </button>
            </Row>
          ))}
        </ul>
      )}
      {leaving && (
        <ConfirmDialog
          title={`Disconnect ${isolated(leaving.name)}?`}
          text="It can no longer act for you. You can let it in again later."
          action="Disconnect"
          onConfirm={() => void disconnect(leaving.id)}
          onClose={() => setLeaving(null)}
        />
      )}
    </Card>
  );
}
