import { useEffect, useState } from 'preact/hooks';
import { createApp, fetchApps, type NewApp } from '../../api/apps';
import { type Failure, failureOf } from '../../api/http';
import type { DeveloperApp } from '../../api/types';
import { ShownOnce } from '../../components/settings/AppKeys';
import { EmptyState, ErrorState, Skeleton } from '../../components/ui/Feedback';
import { Field } from '../../components/ui/Field';
import { ActionForm, Card } from '../../components/ui/Form';
import { Icon } from '../../components/ui/Icon';
import { PageHeader } from '../../components/ui/PageHeader';
import { lines } from '../../lib/format';
import { isolated } from '../../lib/text/isolation';
import { useTitle } from '../../state/hooks';

function CreateApp({ onMade }: { onMade: (made: NewApp) => void }) {
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
  const [error, setError] = useState<Failure | null>(null);
  const [made, setMade] = useState<NewApp | null>(null);
  const load = async (): Promise<void> => {
    try {
      setApps(await fetchApps());
      setError(null);
    } catch (cause) {
      setError(failureOf(cause));
    }
  };
  useEffect(() => void load(), []);
  return (
    <>
      <PageHeader title="Developer apps" note="Settings" back />
      <div class="settings">
        {made && (
          <Card title={`Secrets of ${isolated(made.name)}`}>
            <ShownOnce secrets={made} onClose={() => setMade(null)} />
          </Card>
        )}
        <Card title="Your apps" text="Programs that use Rookery's API, which is X's.">
          {error && !apps && <ErrorState failure={error} onRetry={() => void load()} />}
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
                    <strong dir="auto">{app.name}</strong>
                    <span class="muted">{app.type}</span>
                  </span>
                  <Icon name="chevron" size={18} />
                </a>
              ))}
            </nav>
          )}
        </Card>
        <CreateApp
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
