import { useState } from 'preact/hooks';
import { updateProfile } from '../../api/accounts';
import { errorText } from '../../api/http';
import type { User } from '../../api/types';
import { loadMe } from '../../state/session';
import { showToast } from '../../state/toasts';
import { Dialog } from '../ui/Dialog';
import { FormError } from '../ui/Feedback';
import { Field } from '../ui/Field';

export function EditProfile({ user, onClose }: { user: User; onClose: () => void }) {
  const [form, setForm] = useState({
    name: user.name,
    description: user.description ?? '',
    location: user.location ?? '',
    url: user.url ?? '',
  });
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const set = (field: keyof typeof form) => (value: string) =>
    setForm((current) => ({ ...current, [field]: value }));

  const save = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      const site = form.url.trim();
      // People type "example.org"; an address without a scheme would be refused.
      const url = site && !/^https?:\/\//i.test(site) ? `https://${site}` : site;
      await updateProfile({ ...form, name: form.name.trim(), url });
      await loadMe();
      showToast('Profile saved.');
      onClose();
    } catch (cause) {
      setError(errorText(cause));
      setBusy(false);
    }
  };

  return (
    <Dialog title="Edit profile" onClose={onClose} testId="profile-dialog">
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <Field
          label="Name"
          value={form.name}
          onChange={set('name')}
          maxLength={50}
          required
          autofocus
          testId="profile-name"
        />
        <Field
          label="Bio"
          value={form.description}
          onChange={set('description')}
          maxLength={160}
          multiline
          testId="profile-description"
        />
        <Field
          label="Location"
          value={form.location}
          onChange={set('location')}
          maxLength={30}
          testId="profile-location"
        />
        <Field
          label="Website"
          value={form.url}
          onChange={set('url')}
          maxLength={100}
          testId="profile-url"
        />
        <FormError text={error} />
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button
            type="submit"
            class="button button-primary"
            disabled={busy || form.name.trim() === ''}
            data-testid="profile-save"
          >
            {busy ? 'Saving…' : 'Save'}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
