import { useEffect, useState } from 'preact/hooks';
import { deleteApp, fetchApps, updateApp } from '../../api/apps';
import { errorText, type Failure, failureOf } from '../../api/http';
import type { DeveloperApp } from '../../api/types';
import { AppKeys } from '../../components/settings/AppKeys';
import { ConfirmDialog } from '../../components/ui/Dialog';
import { ErrorState, Skeleton } from '../../components/ui/Feedback';
import { Field } from '../../components/ui/Field';
import { ActionForm, Card } from '../../components/ui/Form';
import { PageHeader } from '../../components/ui/PageHeader';
import { lines } from '../../lib/format';
import { navigate } from '../../lib/router';
import { isolated } from '../../lib/text/isolation';
import { useTitle } from '../../state/hooks';
import { showToast } from '../../state/toasts';

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

export function AppPage({ id }: { id: string }) {
  const [app, setApp] = useState<DeveloperApp | null>(null);
  const [error, setError] = useState<Failure | null>(null);
  const [deleting, setDeleting] = useState(false);
  useTitle(app ? isolated(app.name) : 'Developer app');
  const load = async (): Promise<void> => {
    setError(null);
    try {
      const found = (await fetchApps()).find((one) => one.id === id);
      if (found) setApp(found);
      else setError({ text: 'This app does not exist, or is not yours.', final: true });
    } catch (cause) {
      setError(failureOf(cause));
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
      {error && <ErrorState failure={error} onRetry={() => void load()} />}
      {!app && !error && <Skeleton rows={3} />}
      {app && (
        <div class="settings">
          <AppKeys app={app} />
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
