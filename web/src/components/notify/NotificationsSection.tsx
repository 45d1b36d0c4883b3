import { useEffect, useState } from 'preact/hooks';
import { type Failure, failureOf } from '../../api/http';
import { fetchPreferences, type Preferences } from '../../api/notify/preferences';
import { ErrorState, Skeleton } from '../ui/Feedback';
import { DevicesCard } from './DevicesCard';
import { LimitsCard } from './LimitsCard';
import { MatrixCard } from './MatrixCard';
import { PhoneCard } from './PhoneCard';
import { PushCard } from './PushCard';
import { DigestCard, QuietHoursCard } from './TimeCards';

export function NotificationsSection() {
  const [preferences, setPreferences] = useState<Preferences | null>(null);
  const [error, setError] = useState<Failure | null>(null);
  const [devices, setDevices] = useState(0);
  const load = (): void => {
    setError(null);
    fetchPreferences()
      .then(setPreferences)
      .catch((cause: unknown) => setError(failureOf(cause)));
  };
  useEffect(load, []);
  return (
    <>
      {preferences ? (
        <>
          <MatrixCard matrix={preferences.categories} onChange={setPreferences} />
          <QuietHoursCard preferences={preferences} onChange={setPreferences} />
          <DigestCard preferences={preferences} onChange={setPreferences} />
          <LimitsCard preferences={preferences} onChange={setPreferences} />
        </>
      ) : error ? (
        <ErrorState failure={error} onRetry={load} />
      ) : (
        <Skeleton rows={4} />
      )}
      <PhoneCard />
      <PushCard onChange={() => setDevices((count) => count + 1)} />
      <DevicesCard version={devices} />
    </>
  );
}
