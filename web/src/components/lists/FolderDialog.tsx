import { useId, useState } from 'preact/hooks';
import { errorText } from '../../api/http';
import { Dialog } from '../ui/Dialog';
import { FormError } from '../ui/Feedback';

/** The name of a bookmark folder, new or old. */
export function FolderDialog({
  title,
  start = '',
  onSave,
  onClose,
}: {
  title: string;
  start?: string;
  onSave: (name: string) => Promise<void>;
  onClose: () => void;
}) {
  const [name, setName] = useState(start);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const id = useId();
  const save = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      await onSave(name.trim());
      onClose();
    } catch (cause) {
      setError(errorText(cause));
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose} testId="folder-dialog">
      <form
        class="form list-form"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <div class="field">
          <label for={id}>Name</label>
          <input
            id={id}
            value={name}
            maxLength={25}
            autofocus
            data-testid="folder-name"
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </div>
        <FormError text={error} />
        <div class="dialog-actions">
          <button
            type="submit"
            class="button button-primary"
            disabled={busy || name.trim() === ''}
            data-testid="folder-save"
          >
            Save
          </button>
        </div>
      </form>
    </Dialog>
  );
}
