import { useState } from 'preact/hooks';
import { errorText } from '../../api/http';
import { fetchPhone, type Phone, removePhone, setPhone, verifyPhone } from '../../api/notify/phone';
import { useLoaded } from '../../state/load';
import { showToast } from '../../state/toasts';
import { ConfirmDialog } from '../ui/Dialog';
import { Field } from '../ui/Field';
import { ActionForm, Card } from '../ui/Form';
import { Loading } from './Loading';

type Change = (phone: Phone | null) => void;

function NumberForm({ onChange }: { onChange: Change }) {
  const [number, setNumber] = useState('');
  return (
    <ActionForm
      action={async () => onChange(await setPhone(number.trim()))}
      label="Send a code"
      busyLabel="Sending…"
      disabled={number.trim().length < 5}
      testId="phone-number"
    >
      <Field
        label="Phone number"
        type="tel"
        value={number}
        onChange={setNumber}
        autocomplete="tel"
        maxLength={32}
        hint="With its country code, such as +44 20 7946 0018."
        required
      />
    </ActionForm>
  );
}

function CodeForm({ phone, onChange }: { phone: string; onChange: Change }) {
  const [code, setCode] = useState('');
  const verify = async (): Promise<void> => {
    onChange(await verifyPhone(phone, code.trim()));
    showToast('Your number is verified.');
  };
  const again = (): void => {
    setPhone(phone)
      .then(() => showToast('A new code is on its way.'))
      .catch((cause: unknown) => showToast(errorText(cause), 'error'));
  };
  return (
    <>
      <ActionForm
        action={verify}
        label="Verify"
        disabled={!/^\d{6}$/.test(code.trim())}
        testId="phone-code"
      >
        <Field
          label={`Code sent to ${phone}`}
          value={code}
          onChange={setCode}
          autocomplete="one-time-code"
          inputMode="numeric"
          maxLength={8}
          hint="Six digits, valid for ten minutes."
          required
        />
      </ActionForm>
      <div class="phone-links">
        <button type="button" class="link-button" data-testid="phone-again" onClick={again}>
          Send another code
        </button>
        <button
          type="button"
          class="link-button"
          data-testid="phone-other"
          onClick={() => onChange(null)}
        >
          Use another number
        </button>
      </div>
    </>
  );
}

function Verified({ phone, onChange }: { phone: string; onChange: Change }) {
  const [asking, setAsking] = useState(false);
  const remove = async (): Promise<void> => {
    setAsking(false);
    try {
      await removePhone();
      onChange(null);
    } catch (cause) {
      showToast(errorText(cause), 'error');
    }
  };
  return (
    <>
      <p data-testid="phone-verified">
        <strong>{phone}</strong> <span class="muted">verified</span>
      </p>
      <div class="settings-actions">
        <button
          type="button"
          class="button"
          data-testid="phone-remove"
          onClick={() => setAsking(true)}
        >
          Remove
        </button>
      </div>
      {asking && (
        <ConfirmDialog
          title="Remove your number?"
          text="You get no more text messages. You can add a number again at any time."
          action="Remove"
          onClose={() => setAsking(false)}
          onConfirm={() => void remove()}
        />
      )}
    </>
  );
}

/** The number for text messages: proved by a code, or removed. */
export function PhoneCard() {
  const loaded = useLoaded(async () => ({ phone: await fetchPhone() }));
  const [changed, setChanged] = useState<{ phone: Phone | null } | null>(null);
  const onChange: Change = (phone) => setChanged({ phone });
  return (
    <Card title="Phone number" text="Text messages go there. Choose which ones by “SMS” above.">
      <Loading loaded={loaded}>
        {(found) => {
          const { phone } = changed ?? found;
          if (phone === null) return <NumberForm onChange={onChange} />;
          if (phone.verified) return <Verified phone={phone.phone} onChange={onChange} />;
          return <CodeForm phone={phone.phone} onChange={onChange} />;
        }}
      </Loading>
    </Card>
  );
}
