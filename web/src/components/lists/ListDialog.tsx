import { useId, useState } from 'preact/hooks';
import { errorText } from '../../api/http';
import type { ListDraft } from '../../api/lists';
import { Dialog } from '../ui/Dialog';
import { FormError } from '../ui/Feedback';

/** Name, description and privacy of a list, new or old. */
export function ListDialog({
  title,
  start,
  onSave,
  onClose,
}: {
  title: string;
  start: ListDraft;
  onSave: (draft: ListDraft) => Promise<void>;
  onClose: () => void;
}) {
  const [draft, setDraft] = useState(start);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const id = useId();
  const save = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      await onSave({
        ...draft,
        name: draft.name.trim(),
        description: draft.description.trim(),
      });
      onClose();
    } catch (cause) {
      setError(errorText(cause));
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose} testId="list-dialog">
      <form
        class="form list-form"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <label for={`${id}-name`}>Name</label>
        <input
          id={`${id}-name`}
          value={draft.name}
          maxLength={25}
          autofocus
          data-testid="list-name"
          onInput={(event) => setDraft({ ...draft, name: event.currentTarget.value })}
        />
        <label for={`${id}-description`}>Description</label>
        <textarea
          id={`${id}-description`}
          rows={2}
          value={draft.description}
          maxLength={100}
          data-testid="list-description"
          onInput={(event) => setDraft({ ...draft, description: event.currentTarget.value })}
        />
        <label class="list-private">
          <input
            type="checkbox"
            checked={draft.private}
            data-testid="list-private"
            onChange={(event) => setDraft({ ...draft, private: event.currentTarget.checked })}
          />{' '}
          Private: only you see it
        </label>
        <FormError text={error} />
        <div class="dialog-actions">
          <button
            type="submit"
            class="button button-primary"
            disabled={busy || draft.name.trim() === ''}
            data-testid="list-save"
          >
            Save
          </button>
        </div>
      </form>
    </Dialog>
  );
}
