import { useState } from 'preact/hooks';
import {
  actOnAccount,
  CATEGORIES,
  type Category,
  removeReported,
  resolveCase,
} from '../../api/moderation';
import type { ReportCase } from '../../api/types';
import { patchTweet } from '../../state/store';
import { showToast } from '../../state/toasts';
import { Field } from '../ui/Field';
import { ActionForm } from '../ui/Form';

type Choice = 'remove' | 'limit' | 'suspend' | 'violation' | 'dismiss';

const CHOICES: Record<Choice, { title: string; hint: string }> = {
  remove: { title: 'Remove the tweet', hint: 'Nobody sees it again. This cannot be undone.' },
  limit: { title: 'Limit the account', hint: 'Only its followers meet its tweets.' },
  suspend: {
    title: 'Suspend the account',
    hint: 'Everything of it is hidden until it is restored.',
  },
  violation: {
    title: 'Close: it was dealt with',
    hint: 'The rules were broken and enough has been done.',
  },
  dismiss: { title: 'Dismiss', hint: 'The rules were not broken.' },
};

/** Acts on the subject and closes the case, with one reason for both. */
export function Decision({
  found,
  accountId,
  acts,
  onDone,
}: {
  found: ReportCase;
  accountId?: string;
  /** What is still possible. */
  acts: Choice[];
  onDone: () => void;
}) {
  const [choice, setChoice] = useState<Choice | null>(null);
  const [category, setCategory] = useState<Category>(
    found.categories.find((name) => name !== 'other') ?? 'other',
  );
  const [reason, setReason] = useState('');
  // When closing fails after the act, trying again must not act twice.
  const [acted, setActed] = useState<Choice | null>(null);

  const send = async (): Promise<void> => {
    const words = reason.trim();
    if (acted !== choice) {
      if (choice === 'remove' && found.tweet_id) {
        await removeReported(found.tweet_id, category, words);
        patchTweet(found.tweet_id, () => ({ removed: true }));
      }
      if ((choice === 'limit' || choice === 'suspend') && accountId) {
        await actOnAccount(accountId, choice, words);
      }
      setActed(choice);
    }
    await resolveCase(found.id, choice !== 'dismiss', words);
    showToast('Report resolved.');
    onDone();
  };

  return (
    <ActionForm
      action={send}
      label="Resolve"
      disabled={!choice || !reason.trim()}
      danger={choice === 'remove' || choice === 'limit' || choice === 'suspend'}
      testId="decision"
    >
      <fieldset class="choices">
        <legend>Decision</legend>
        {acts.map((name) => (
          <label class="check" key={name}>
            <input
              type="radio"
              name="decision"
              value={name}
              checked={choice === name}
              onChange={() => setChoice(name)}
            />
            <span>
              {CHOICES[name].title}
              <span class="hint">{CHOICES[name].hint}</span>
            </span>
          </label>
        ))}
      </fieldset>
      {choice === 'remove' && (
        <label class="field">
          <span class="field-label">Because of</span>
          <select
            value={category}
            data-testid="decision-category"
            onChange={(event) => setCategory(event.currentTarget.value as Category)}
          >
            {(Object.keys(CATEGORIES) as Category[]).map((name) => (
              <option key={name} value={name}>
                {CATEGORIES[name]}
              </option>
            ))}
          </select>
        </label>
      )}
      <Field
        label="Reason"
        value={reason}
        onChange={setReason}
        hint="Stays in the audit log."
        maxLength={500}
        multiline
        required
        testId="decision-reason"
      />
    </ActionForm>
  );
}

export function choicesFor(
  found: ReportCase,
  hasTweet: boolean,
  canAct: boolean,
  limited: boolean,
): Choice[] {
  const acts: Choice[] = [];
  if (found.tweet_id && hasTweet) acts.push('remove');
  if (canAct && !limited) acts.push('limit');
  if (canAct) acts.push('suspend');
  return [...acts, 'violation', 'dismiss'];
}
