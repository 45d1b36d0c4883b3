import { useState } from 'preact/hooks';
import { errorText } from '../../api/http';
import { CATEGORIES, type Category, type Subject, sendReport } from '../../api/moderation';
import { showToast } from '../../state/toasts';
import { Dialog } from '../ui/Dialog';
import { FormError } from '../ui/Feedback';
import { Field } from '../ui/Field';

export function ReportDialog({
  what,
  subject,
  onClose,
}: {
  /** "this tweet" or "@name": goes into the title. */
  what: string;
  subject: Subject;
  onClose: () => void;
}) {
  const [category, setCategory] = useState<Category | null>(null);
  const [comment, setComment] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);

  const send = async (): Promise<void> => {
    if (!category) return;
    setBusy(true);
    setError(null);
    try {
      await sendReport(subject, category, comment.trim());
      showToast('Thank you. A moderator will look at it.');
      onClose();
    } catch (cause) {
      setError(errorText(cause));
      setBusy(false);
    }
  };

  return (
    <Dialog title={`Report ${what}`} onClose={onClose} testId="report-dialog">
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <fieldset class="choices">
          <legend>What is wrong?</legend>
          {(Object.keys(CATEGORIES) as Category[]).map((name, index) => (
            <label class="check" key={name}>
              <input
                type="radio"
                name="category"
                value={name}
                checked={category === name}
                autofocus={index === 0}
                onChange={() => setCategory(name)}
              />
              {CATEGORIES[name]}
            </label>
          ))}
        </fieldset>
        <Field
          label="Anything that helps"
          value={comment}
          onChange={setComment}
          hint="Moderators read this. They do not see who you are."
          maxLength={500}
          multiline
          testId="report-comment"
        />
        <FormError text={error} />
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button
            type="submit"
            class="button button-primary"
            disabled={busy || !category}
            data-testid="report-send"
          >
            {busy ? 'Sending…' : 'Send report'}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
