import { useEffect, useState } from 'preact/hooks';
import { errorText, type Failure, failureOf } from '../../api/http';
import { fetchDevices, removeDevice } from '../../api/notify/devices';
import type { Device } from '../../api/types';
import { formatAbsolute } from '../../lib/format';
import { showToast } from '../../state/toasts';
import { ErrorState, Skeleton } from '../ui/Feedback';
import { Card } from '../ui/Form';
import { Icon } from '../ui/Icon';

const NAMES: Record<Device['platform'], string> = {
  android: 'Android device',
  ios: 'iPhone or iPad',
  webhook: 'Webhook',
  webpush: 'Browser',
};

/** Devices that get pushes; `version` makes it look again. */
export function DevicesCard({ version }: { version: number }) {
  const [devices, setDevices] = useState<Device[] | null>(null);
  const [error, setError] = useState<Failure | null>(null);
  const load = (): void => {
    setError(null);
    fetchDevices()
      .then(setDevices)
      .catch((cause: unknown) => setError(failureOf(cause)));
  };
  useEffect(load, [version]);

  const remove = async (device: Device): Promise<void> => {
    try {
      await removeDevice(device.id);
      setDevices((known) => known?.filter((one) => one.id !== device.id) ?? null);
    } catch (cause) {
      showToast(errorText(cause), 'error');
    }
  };

  return (
    <Card title="Devices" text="Push notifications go to these.">
      {error ? (
        <ErrorState failure={error} onRetry={load} />
      ) : devices === null ? (
        <Skeleton rows={1} />
      ) : devices.length === 0 ? (
        <p data-testid="no-devices">No device is registered.</p>
      ) : (
        <ul class="access-list">
          {devices.map((device) => (
            <li key={device.id} class="access-row" data-testid="device">
              <span class="access-icon">
                <Icon name="device" size={22} />
              </span>
              <span class="access-text">
                <strong>{NAMES[device.platform] ?? device.platform}</strong>
                <span class="muted">Registered {formatAbsolute(device.registered_at)}</span>
              </span>
              <button
                type="button"
                class="button"
                aria-label={`Remove ${NAMES[device.platform]}, registered ${formatAbsolute(device.registered_at)}`}
                onClick={() => void remove(device)}
              >
                Remove
              </button>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
