import { useState } from 'preact/hooks';
import { updateProfile } from '../../api/accounts';
import { errorText } from '../../api/http';
import { setProtected } from '../../api/settings';
import type { User } from '../../api/types';
import { loadMe } from '../../state/session';
import { showToast } from '../../state/toasts';
import { Field } from '../ui/Field';
import { ActionForm, Card } from '../ui/Form';
import { Pictures } from './Pictures';

function Words({ user }: { user: User }) {
  const [form, setForm] = useState({
    name: user.name,
    description: user.description ?? '',
    location: user.location ?? '',
    url: user.url ?? '',
  });
  const set = (field: keyof typeof form) => (value: string) =>
    setForm((current) => ({ ...current, [field]: value }));
  const save = async (): Promise<void> => {
    const site = form.url.trim();
    // People type "example.org"; an address without a scheme would be refused.
    const url = site && !/^https?:\/\//i.test(site) ? `https://${site}` : site;
    await updateProfile({ ...form, name: form.name.trim(), url });
    await loadMe();
    showToast('Profile saved.');
  };
  return (
    <Card title="About you">
      <ActionForm
        action={save}
        label="Save"
        busyLabel="Saving…"
        disabled={!form.name.trim()}
        testId="settings-profile"
      >
        <Field label="Name" value={form.name} onChange={set('name')} maxLength={50} required />
        <Field
          label="Bio"
          value={form.description}
          onChange={set('description')}
          maxLength={160}
          multiline
        />
        <Field label="Location" value={form.location} onChange={set('location')} maxLength={30} />
        <Field label="Website" value={form.url} onChange={set('url')} maxLength={100} />
      </ActionForm>
    </Card>
  );
}

function Protection({ user }: { user: User }) {
  // What was just asked for, until the server has answered.
  const [asked, setAsked] = useState<boolean | null>(null);
  const toggle = async (value: boolean): Promise<void> => {
    setAsked(value);
    try {
      await setProtected(value);
      await loadMe();
      showToast(value ? 'Your tweets are for followers only now.' : 'Your tweets are public now.');
    } catch (cause) {
      showToast(errorText(cause), 'error');
    } finally {
      setAsked(null);
    }
  };
  return (
    <Card title="Visibility of your tweets">
      <label class="check">
        <input
          type="checkbox"
          checked={asked ?? user.protected ?? false}
          disabled={asked !== null}
          data-testid="settings-protected"
          onChange={(event) => void toggle(event.currentTarget.checked)}
        />
        <span>
          Protect my tweets
          <span class="hint">
            Only your followers see them, and people have to ask to follow you.
          </span>
        </span>
      </label>
    </Card>
  );
}

export function ProfileSection({ user }: { user: User }) {
  return (
    <>
      <Pictures user={user} />
      <Words user={user} />
      <Protection user={user} />
    </>
  );
}
