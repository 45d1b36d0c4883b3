import { useState } from 'preact/hooks';
import { changePreferences, type Preferences } from '../../api/notify/preferences';
import { showToast } from '../../state/toasts';
import { Field } from '../ui/Field';
import { ActionForm, Card } from '../ui/Form';

const MOST = 1000;

const numberOf = (text: string): number | null => (text.trim() ? Number(text) : null);

/** Limits of each channel; without them the platform's apply. */
export function LimitsCard({
  preferences,
  onChange,
}: {
  preferences: Preferences;
  onChange: (preferences: Preferences) => void;
}) {
  const { per_hour, per_week } = preferences.throttle;
  const [hour, setHour] = useState(String(per_hour ?? ''));
  const [week, setWeek] = useState(String(per_week ?? ''));
  const save = async (): Promise<void> => {
    const throttle = { per_hour: numberOf(hour), per_week: numberOf(week) };
    onChange(await changePreferences({ throttle }));
    showToast('Saved.');
  };
  const limits = { type: 'number', min: 1, max: MOST, placeholder: 'Up to us' } as const;
  return (
    <Card
      title="Limits"
      text="What a channel may send you at most. The rest stays in the inbox, which has no limit."
    >
      <ActionForm action={save} label="Save limits" testId="limits">
        <div class="time-pair">
          <Field {...limits} label="Per hour" value={hour} onChange={setHour} testId="per-hour" />
          <Field {...limits} label="Per week" value={week} onChange={setWeek} testId="per-week" />
        </div>
      </ActionForm>
    </Card>
  );
}
