import { useEffect, useState } from 'preact/hooks';
import {
  type NewApp as CreatedApp,
  createApp,
  createOwnTokens,
  deleteApp,
  fetchApps,
  rotateSecret,
  type SecretKind,
  type Secrets,
  updateApp,
} from '../../api/apps';
import { errorText } from '../../api/http';
import type { DeveloperApp } from '../../api/types';
import { Secret } from '../../components/settings/Secret';
import { ConfirmDialog } from '../../components/ui/Dialog';
import { EmptyState, ErrorState, Skeleton } from '../../components/ui/Feedback';
import { Field } from '../../components/ui/Field';
import { ActionForm, Card } from '../../components/ui/Form';
import { Icon } from '../../components/ui/Icon';
import { PageHeader } from '../../components/ui/PageHeader';
import { navigate } from '../../lib/router';
import { useTitle } from '../../state/hooks';
import { showToast } from '../../state/toasts';

const NAMES: Record<keyof Secrets, string> = {
  client_id: 'Client ID',
  client_secret: 'Client secret',
  consumer_key: 'API key',
  consumer_secret: 'API key secret',
  bearer_token: 'Bearer token',
  access_token: 'Access token',
  access_token_secret: 'Access token secret',
  oauth2_access_token: 'OAuth 2.0 access token',
  oauth2_refresh_token: 'OAuth 2.0 refresh token',
};

const lines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);

function ShownOnce({ secrets, onClose }: { secrets: Secrets; onClose: () => void }) {
  return (
    <div class="settings-note" role="status" data-testid="secrets">
      <p>
        <strong>Keep these now.</strong> They are not shown again.
      </p>
      {(Object.keys(NAMES) as (keyof Secrets)[])
        .filter((name) => secrets[name])
        .map((name) => (
          <Secret key={name} label={NAMES[name]} value={secrets[name] ?? ''} />
        ))}
      <button type="button" class="button button-primary" onClick={onClose}>
        I have kept them
      </button>
    </div>
  );
}

function NewApp({ onMade }: { onMade: (made: CreatedApp) => void }) {
  const [name, setName] = useState('');
  const [uris, setUris] = useState('');
  const [confidential, setConfidential] = useState(true);
  const make = async (): Promise<void> => {
    const type = confidential ? 'confidential' : 'public';
    onMade(await createApp({ name: name.trim(), type, redirect_uris: lines(uris) }));
    setName('');
    setUris('');
  };
  return (
    <Card title="New app">
      <ActionForm
        action={make}
        label="Create"
        busyLabel="Creating…"
        disabled={!name.trim()}
        testId="app-create"
      >
        <Field
          label="Name"
          value={name}
          onChange={setName}
          maxLength={50}
          required
          testId="app-name"
        />
        <Field
          label="Redirect addresses"
          value={uris}
          onChange={setUris}
          hint="One a line; https, or http to this machine. They must match exactly."
          multiline
          testId="app-uris"
        />
        <label class="check">
          <input
            type="checkbox"
            checked={confidential}
            onChange={(event) => setConfidential(event.currentTarget.checked)}
          />
          <span>
            It can keep a secret
            <span class="hint">A server can; a browser or a phone cannot.</span>
          </span>
        </label>
      </ActionForm>
    </Card>
  );
}

export function AppsPage() {
  useTitle('Developer apps');
  const [apps, setApps] = useState<DeveloperApp[] | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [made, setMade] = useState<CreatedApp | null>(null);
  const load = async (): Promise<void> => {
    try {
      setApps(await fetchApps());
      setError(null);
    } catch (cause) {
      setError(errorText(cause));
    }
  };
  useEffect(() => void load(), []);
  return (
    <>
      <PageHeader title="Developer apps" note="Settings" back />
      <div class="settings">
        {made && (
          <Card title={`Secrets of ${made.name}`}>
            <ShownOnce secrets={made} onClose={() => setMade(null)} />
          </Card>
        )}
        <Card title="Your apps" text="Programs that use Rookery's API, which is X's.">
          {error && !apps && <ErrorState text={error} onRetry={() => void load()} />}
          {!error && !apps && <Skeleton rows={2} />}
          {apps?.length === 0 && <EmptyState icon="code" title="No apps yet" />}
          {apps && apps.length > 0 && (
            <nav class="settings-index settings-index-boxed" aria-label="Your apps">
              {apps.map((app) => (
                <a key={app.id} href={`/settings/developer/${app.id}`} data-testid="app-row">
                  <span class="access-icon">
                    <Icon name="code" size={22} />
                  </span>
                  <span class="access-text">
                    <strong>{app.name}</strong>
                    <span class="muted">{app.type}</span>
                  </span>
                  <Icon name="chevron" size={18} />
                </a>
              ))}
            </nav>
          )}
        </Card>
        <NewApp
          onMade={(app) => {
            setMade(app);
            void load();
            scrollTo(0, 0);
          }}
        />
      </div>
    </>
  );
}

function Edit({ app, onChange }: { app: DeveloperApp; onChange: (app: DeveloperApp) => void }) {
  const [name, setName] = useState(app.name);
  const [uris, setUris] = useState(app.redirect_uris.join('\n'));
  const save = async (): Promise<void> => {
    onChange(await updateApp(app.id, { name: name.trim(), redirect_uris: lines(uris) }));
    showToast('App saved.');
  };
  return (
    <Card title="Settings">
      <ActionForm
        action={save}
        label="Save"
        busyLabel="Saving…"
        disabled={!name.trim()}
        testId="app-edit"
      >
        <Field label="Name" value={name} onChange={setName} maxLength={50} required />
        <Field
          label="Redirect addresses"
          value={uris}
          onChange={setUris}
          hint="One a line. They must match exactly."
          multiline
        />
      </ActionForm>
    </Card>
  );
}

const ROTATIONS: { kind: SecretKind; label: string; hint: string }[] = [
  { kind: 'client_secret', label: 'Client secret', hint: 'OAuth 2.0' },
  { kind: 'consumer_secret', label: 'API key secret', hint: 'OAuth 1.0a' },
  { kind: 'bearer_token', label: 'Bearer token', hint: 'ends every bearer of before' },
];

function Keys({ app }: { app: DeveloperApp }) {
  const [secrets, setSecrets] = useState<Secrets | null>(null);
  const [asked, setAsked] = useState<(typeof ROTATIONS)[number] | null>(null);
  const show = async (make: () => Promise<Secrets>): Promise<void> => {
    setAsked(null);
    try {
      setSecrets(await make());
    } catch (cause) {
      showToast(errorText(cause), 'error');
    }
  };
  return (
    <Card title="Keys and tokens">
      <Secret label="Client ID" value={app.id} />
      {app.consumer_key && <Secret label="API key" value={app.consumer_key} />}
      {secrets && <ShownOnce secrets={secrets} onClose={() => setSecrets(null)} />}
      <ul class="access-list">
        {ROTATIONS.map((rotation) => (
          <li class="access-row" key={rotation.kind}>
            <span class="access-text">
              <strong>{rotation.label}</strong>
              <span class="muted">{rotation.hint}</span>
            </span>
            <button
              type="button"
              class="button"
              data-testid={`rotate-${rotation.kind}`}
              aria-label={`Make a new ${rotation.label}`}
              onClick={() => setAsked(rotation)}
            >
              Make a new one
            </button>
          </li>
        ))}
        <li class="access-row">
          <span class="access-text">
            <strong>Your own tokens</strong>
            <span class="muted">for requests in your name, without a login</span>
          </span>
          <button
            type="button"
            class="button"
            data-testid="own-tokens"
            onClick={() => void show(() => createOwnTokens(app.id))}
          >
            Create
          </button>
        </li>
      </ul>
      <p class="hint">
        To end your own tokens, disconnect the app under <a href="/settings/apps">connected apps</a>
        .
      </p>
      {asked && (
        <ConfirmDialog
          title={`A new ${asked.label.toLowerCase()}?`}
          text="The old one stops working at once."
          action="Make a new one"
          onConfirm={() => void show(() => rotateSecret(app.id, asked.kind))}
          onClose={() => setAsked(null)}
        />
      )}
    </Card>
  );
}

export function AppPage({ id }: { id: string }) {
  const [app, setApp] = useState<DeveloperApp | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [deleting, setDeleting] = useState(false);
  useTitle(app?.name ?? 'Developer app');
  const load = async (): Promise<void> => {
    setError(null);
    try {
      const found = (await fetchApps()).find((one) => one.id === id);
      if (found) setApp(found);
      else setError('This app does not exist, or is not yours.');
    } catch (cause) {
      setError(errorText(cause));
    }
  };
  useEffect(() => void load(), [id]);
  const remove = async (): Promise<void> => {
    setDeleting(false);
    try {
      await deleteApp(id);
      showToast('The app is gone, with all its tokens.');
      navigate('/settings/developer', { replace: true });
    } catch (cause) {
      showToast(errorText(cause), 'error');
    }
  };
  return (
    <>
      <PageHeader title={app?.name ?? 'Developer app'} note="Developer apps" back />
      {error && <ErrorState text={error} onRetry={() => void load()} />}
      {!app && !error && <Skeleton rows={3} />}
      {app && (
        <div class="settings">
          <Keys app={app} />
          <Edit key={app.id} app={app} onChange={setApp} />
          <Card title="Delete" text="Everybody who uses the app is cut off at once." danger>
            <div class="settings-actions">
              <button
                type="button"
                class="button button-danger"
                data-testid="app-delete"
                onClick={() => setDeleting(true)}
              >
                Delete this app
              </button>
            </div>
          </Card>
        </div>
      )}
      {deleting && (
        <ConfirmDialog
          title="Delete this app?"
          text="All its tokens end. This cannot be taken back."
          action="Delete"
          onConfirm={() => void remove()}
          onClose={() => setDeleting(false)}
        />
      )}
    </>
  );
}
