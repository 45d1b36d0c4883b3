import { useState } from 'preact/hooks';
import { errorText } from '../../api/http';
import { fetchSuppressions, liftSuppression, type Suppressed } from '../../api/notify/operations';
import type { Suppression } from '../../api/types';
import { Select } from '../../components/ui/Choice';
import { EmptyState } from '../../components/ui/Feedback';
import { Field } from '../../components/ui/Field';
import { ActionForm, Card } from '../../components/ui/Form';
import { ListView } from '../../components/ui/ListView';
import { formatAbsolute } from '../../lib/format';
import { usePagedList } from '../../state/lists';
import { showToast } from '../../state/toasts';

const CHANNELS: [Suppressed, string][] = [
  ['email', 'Email'],
  ['sms', 'SMS'],
];
const REASONS: Record<Suppression['reason'], string> = {
  bounced: 'Bounced',
  complained: 'Reported as spam',
  opted_out: 'Opted out',
};

/** Addresses to which nothing is sent, by digest; an address is named to lift it. */
export function Suppressions() {
  const [channel, setChannel] = useState<Suppressed>('email');
  const [address, setAddress] = useState('');
  const list = usePagedList<Suppression>(
    `suppressions:${channel}`,
    (token) => fetchSuppressions(channel, token),
    (one) => one.target,
  );
  const lift = async (by: { target: string } | { address: string }): Promise<void> => {
    const lifted = await liftSuppression(channel, by);
    list.items.value = list.items.peek().filter((one) => one.target !== lifted.target);
    showToast('Lifted.');
  };
  return (
    <>
      <Card title="Lift a suppression" text="Messages go to the address again, until it refuses.">
        <ActionForm
          action={async () => {
            await lift({ address: address.trim() });
            setAddress('');
          }}
          label="Lift"
          testId="lift"
        >
          <Select
            label="Channel"
            options={CHANNELS}
            value={channel}
            onChange={(value) => setChannel(value as Suppressed)}
            testId="suppressed-channel"
          />
          <Field
            label={channel === 'email' ? 'Email address' : 'Phone number'}
            value={address}
            onChange={setAddress}
            required
            autocomplete="off"
            testId="lift-address"
          />
        </ActionForm>
      </Card>
      <ListView
        list={list}
        render={(one) => (
          <div key={one.target} class="access-row" data-testid="suppression">
            <span class="access-text">
              <strong>{REASONS[one.reason] ?? one.reason}</strong>
              <span class="muted">
                {formatAbsolute(one.at)} · {one.target}
              </span>
            </span>
            <button
              type="button"
              class="button"
              aria-label={`Lift ${one.target}`}
              onClick={() =>
                void lift({ target: one.target }).catch((cause: unknown) =>
                  showToast(errorText(cause), 'error'),
                )
              }
            >
              Lift
            </button>
          </div>
        )}
        empty={
          <EmptyState icon="mail" title="Nothing is suppressed">
            <p>Addresses that bounce, complain or opt out will be listed here.</p>
          </EmptyState>
        }
      />
    </>
  );
}
