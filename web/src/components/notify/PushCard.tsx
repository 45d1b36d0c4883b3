import { useEffect, useState } from 'preact/hooks';
import { errorText } from '../../api/http';
import { type PushState, pushState, readPush, turnPushOff, turnPushOn } from '../../state/push';
import { FormError } from '../ui/Feedback';
import { Card } from '../ui/Form';

const WORDS: Record<PushState, string> = {
  unknown: 'One moment…',
  unsupported: 'This browser cannot show notifications of a website.',
  denied: 'You have blocked notifications. Allow them for this website in your browser’s settings.',
  off: 'This browser shows nothing while no page of Rookery is open.',
  on: 'This browser shows notifications, also while no page of Rookery is open.',
};

export function PushCard({ onChange }: { onChange: () => void }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => void readPush().catch(() => undefined), []);
  const state = pushState.value;
  const toggle = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      await (state === 'on' ? turnPushOff() : turnPushOn());
      onChange();
    } catch (cause) {
      setError(errorText(cause));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Card title="This browser" text={WORDS[state]}>
      <FormError text={error} />
      {(state === 'on' || state === 'off') && (
        <div class="settings-actions">
          <button
            type="button"
            class={state === 'on' ? 'button' : 'button button-primary'}
            disabled={busy}
            data-testid="push-toggle"
            onClick={() => void toggle()}
          >
            {state === 'on' ? 'Turn off push notifications' : 'Turn on push notifications'}
          </button>
        </div>
      )}
    </Card>
  );
}
