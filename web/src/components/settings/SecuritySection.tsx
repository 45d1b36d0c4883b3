import { useState } from 'preact/hooks';
import { beginTotp, changePassword, confirmTotp, removeTotp } from '../../api/settings';
import type { Account } from '../../api/types';
import { formatAbsolute } from '../../lib/format';
import { showToast } from '../../state/toasts';
import { Field } from '../ui/Field';
import { ActionForm, Card } from '../ui/Form';
import { QrCode } from './QrCode';
import { Secret } from './Secret';

interface Props {
  account: Account;
  reload: () => Promise<void>;
}

function Password({ account, reload }: Props) {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const save = async (): Promise<void> => {
    await changePassword(current, next);
    setCurrent('');
    setNext('');
    await reload();
    showToast('Password changed. You are logged out everywhere else.');
  };
  const changed = account.password_changed_at;
  return (
    <Card
      title="Password"
      text={changed ? `Last changed on ${formatAbsolute(changed)}.` : undefined}
    >
      <ActionForm
        action={save}
        label="Change password"
        disabled={!current || !next}
        testId="settings-password"
      >
        <Field
          label="Present password"
          type="password"
          value={current}
          onChange={setCurrent}
          autocomplete="current-password"
          required
        />
        <Field
          label="New password"
          type="password"
          value={next}
          onChange={setNext}
          autocomplete="new-password"
          hint="At least 8 characters. Every other session ends."
          required
        />
      </ActionForm>
    </Card>
  );
}

function SetUp({ onDone }: { onDone: (codes: string[]) => void }) {
  const [password, setPassword] = useState('');
  const [offer, setOffer] = useState<{ otpauth_uri: string; secret: string } | null>(null);
  const [code, setCode] = useState('');
  if (!offer) {
    return (
      <ActionForm
        action={async () => setOffer(await beginTotp(password))}
        label="Set up"
        disabled={!password}
        testId="totp-begin"
      >
        <Field
          label="Your password"
          type="password"
          value={password}
          onChange={setPassword}
          autocomplete="current-password"
          required
        />
      </ActionForm>
    );
  }
  return (
    <div class="totp">
      <QrCode text={offer.otpauth_uri} label="QR code for your authenticator app" />
      <div class="totp-steps">
        <p>Scan the code with your authenticator app, or type this key into it:</p>
        <Secret label="Key" value={offer.secret} />
        <ActionForm
          action={async () => onDone(await confirmTotp(code.trim()))}
          label="Switch on"
          disabled={code.trim().length < 6}
          testId="totp-confirm"
        >
          <Field
            label="Code that the app shows"
            value={code}
            onChange={setCode}
            autocomplete="one-time-code"
            maxLength={10}
            autofocus
            required
          />
        </ActionForm>
      </div>
    </div>
  );
}

function RecoveryCodes({ codes, onClose }: { codes: string[]; onClose: () => void }) {
  return (
    <div class="settings-note" role="status" data-testid="recovery-codes">
      <p>
        <strong>Keep these recovery codes.</strong> Each lets you in once when your app is out of
        reach. They are not shown again.
      </p>
      <ul class="codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <Secret label="All codes" value={codes.join(' ')} />
      <button type="button" class="button button-primary" onClick={onClose}>
        I have kept them
      </button>
    </div>
  );
}

function SecondFactor({ account, reload }: Props) {
  const [codes, setCodes] = useState<string[] | null>(null);
  const [code, setCode] = useState('');
  const off = async (): Promise<void> => {
    await removeTotp(code.trim());
    setCode('');
    await reload();
    showToast('The second factor is off.');
  };
  return (
    <Card
      title="Second factor"
      text="With it, a login takes a code from an authenticator app besides the password."
    >
      <p>
        <span class="tag" data-testid="totp-state">
          {account.totp_enabled ? 'On' : 'Off'}
        </span>
      </p>
      {codes && <RecoveryCodes codes={codes} onClose={() => setCodes(null)} />}
      {account.totp_enabled ? (
        <ActionForm
          action={off}
          label="Switch off"
          disabled={!code.trim()}
          danger
          testId="totp-remove"
        >
          <Field
            label="Code, or a recovery code"
            value={code}
            onChange={setCode}
            autocomplete="one-time-code"
            maxLength={30}
            required
          />
        </ActionForm>
      ) : (
        <SetUp
          onDone={(made) => {
            setCodes(made);
            void reload();
          }}
        />
      )}
    </Card>
  );
}

export function SecuritySection(props: Props) {
  return (
    <>
      <Password {...props} />
      <SecondFactor {...props} />
    </>
  );
}
