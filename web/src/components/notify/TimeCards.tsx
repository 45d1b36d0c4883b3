import { useId, useState } from 'preact/hooks';
import { changePreferences, type Digest, type Preferences } from '../../api/notify/preferences';
import { showToast } from '../../state/toasts';
import { ActionForm, Card } from '../ui/Form';

interface Props {
  preferences: Preferences;
  onChange: (preferences: Preferences) => void;
}

const here = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

/** The browser's zones, and one more that the account may have from elsewhere. */
function zones(own: string): string[] {
  const known = Intl.supportedValuesOf?.('timeZone') ?? ['UTC'];
  return [...new Set([...known, 'UTC', here(), own])].sort();
}

function ZoneField({ value, onChange }: { value: string; onChange: (zone: string) => void }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>Time zone</label>
      <select
        id={id}
        value={value}
        data-testid="time-zone"
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        {zones(value).map((zone) => (
          <option key={zone} value={zone}>
            {zone.replaceAll('_', ' ')}
          </option>
        ))}
      </select>
    </div>
  );
}

function TimeField({
  label,
  value,
  onChange,
  testId,
}: {
  label: string;
  value: string;
  onChange: (time: string) => void;
  testId: string;
}) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="time"
        required
        value={value}
        data-testid={testId}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
    </div>
  );
}

export function QuietHoursCard({ preferences, onChange }: Props) {
  const stored = preferences.quiet_hours;
  const [on, setOn] = useState(stored !== null);
  const [hours, setHours] = useState(stored ?? { from: '22:00', to: '07:00', time_zone: here() });
  const save = async (): Promise<void> => {
    onChange(await changePreferences({ quiet_hours: on ? hours : null }));
    showToast(on ? 'Quiet hours are on.' : 'Quiet hours are off.');
  };
  return (
    <Card
      title="Quiet hours"
      text="What would disturb you waits until they end. The inbox is never late."
    >
      <ActionForm action={save} label="Save quiet hours" testId="quiet-hours">
        <label class="check">
          <input
            type="checkbox"
            checked={on}
            data-testid="quiet-on"
            onChange={(event) => setOn(event.currentTarget.checked)}
          />
          <span>Keep quiet every night</span>
        </label>
        {on && (
          <>
            <div class="time-pair">
              <TimeField
                label="From"
                value={hours.from}
                testId="quiet-from"
                onChange={(from) => setHours({ ...hours, from })}
              />
              <TimeField
                label="Until"
                value={hours.to}
                testId="quiet-to"
                onChange={(to) => setHours({ ...hours, to })}
              />
            </div>
            <ZoneField
              value={hours.time_zone}
              onChange={(zone) => setHours({ ...hours, time_zone: zone })}
            />
          </>
        )}
      </ActionForm>
    </Card>
  );
}

const FREQUENCIES: Record<Digest['frequency'], string> = {
  none: 'At once, one mail each',
  hourly: 'Together, every hour',
  daily: 'Together, once a day',
};

export function DigestCard({ preferences, onChange }: Props) {
  const frequencyId = useId();
  const hourId = useId();
  const [digest, setDigest] = useState(preferences.digest);
  const save = async (): Promise<void> => {
    const zone = preferences.quiet_hours?.time_zone ?? here();
    const sent = digest.frequency === 'daily' ? { ...digest, time_zone: zone } : digest;
    onChange(await changePreferences({ digest: sent }));
    showToast('Saved.');
  };
  return (
    <Card title="Digests" text="Mails can come together instead of one by one.">
      <ActionForm action={save} label="Save digests" testId="digest">
        <div class="field">
          <label for={frequencyId}>Mails come</label>
          <select
            id={frequencyId}
            value={digest.frequency}
            data-testid="digest-frequency"
            onChange={(event) =>
              setDigest({
                ...digest,
                frequency: event.currentTarget.value as Digest['frequency'],
              })
            }
          >
            {Object.entries(FREQUENCIES).map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
        </div>
        {digest.frequency === 'daily' && (
          <div class="field">
            <label for={hourId}>At</label>
            <select
              id={hourId}
              value={String(digest.hour)}
              data-testid="digest-hour"
              onChange={(event) =>
                setDigest({ ...digest, hour: Number(event.currentTarget.value) })
              }
            >
              {Array.from({ length: 24 }, (_, hour) => (
                <option key={hour} value={String(hour)}>
                  {`${String(hour).padStart(2, '0')}:00`}
                </option>
              ))}
            </select>
          </div>
        )}
      </ActionForm>
    </Card>
  );
}
