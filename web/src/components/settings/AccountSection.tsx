import { useState } from 'preact/hooks';
import { changeEmail, changeUsername, deactivate, sendVerification } from '../../api/settings';
import type { Account } from '../../api/types';
import { navigate } from '../../lib/router';
import { loadMe } from '../../state/session';
import { showToast } from '../../state/toasts';
import { Field } from '../ui/Field';
import { ActionForm, Card } from '../ui/Form';
import { ExportCard } from './ExportCard';

interface Props {
  account: Account;
  reload: () => Promise<void>;
}

function Username({ account, reload }: Props) {
  const [name, setName] = useState(account.username);
  const wanted = name.trim().replace(/^@/, '');
  const save = async (): Promise<void> => {
    await changeUsername(wanted);
    await Promise.all([reload(), loadMe()]);
    showToast(`You are @${wanted} now.`);
  };
  return (
    <Card
      title="Username"
      text="Your old name stays reserved for you for thirty days; links to it stop working at once."
    >
      <ActionForm
        action={save}
        label="Change username"
        disabled={!wanted || wanted === account.username}
        testId="settings-username"
      >
        <Field
          label="Username"
          value={name}
          onChange={setName}
          hint="Letters, digits and underscores, up to 15."
          maxLength={16}
          autocomplete="username"
          required
        />
      </ActionForm>
    </Card>
  );
}

function Email({ account, reload }: Props) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const save = async (): Promise<void> => {
    await changeEmail(email.trim(), password);
    setEmail('');
    setPassword('');
    await reload();
    showToast('Look for a mail at the new address.');
  };
  return (
    <Card title="Email address">
      <p data-testid="settings-email">
        <strong>{account.email}</strong>{' '}
        <span class="tag">{account.email_verified ? 'Confirmed' : 'Not confirmed'}</span>
      </p>
      {account.pending_email && (
        <p class="settings-note" role="status">
          A mail waits at <strong>{account.pending_email}</strong>. The address changes when you
          open its link.
        </p>
      )}
      {!account.email_verified && (
        <ActionForm
          action={async () => {
            await sendVerification();
            showToast('The mail is on its way.');
          }}
          label="Send the confirmation again"
        />
      )}
      <ActionForm
        action={save}
        label="Change address"
        disabled={!email || !password}
        testId="settings-email-form"
      >
        <Field
          label="New address"
          type="email"
          value={email}
          onChange={setEmail}
          autocomplete="email"
          required
        />
        <Field
          label="Your password"
          type="password"
          value={password}
          onChange={setPassword}
          autocomplete="current-password"
          required
        />
      </ActionForm>
    </Card>
  );
}

function Leave({ account }: { account: Account }) {
  const [password, setPassword] = useState('');
  const [name, setName] = useState('');
  const leave = async (): Promise<void> => {
    await deactivate(password);
    showToast('Your account is deactivated. Logging in within thirty days brings it back.');
    navigate('/login', { replace: true });
  };
  return (
    <Card
      title="Leave"
      text="Your account disappears at once and is erased after thirty days, with everything in it. Until then, logging in brings it back."
      danger
    >
      <ActionForm
        action={leave}
        label="Deactivate my account"
        disabled={!password || name.trim().replace(/^@/, '') !== account.username}
        danger
        testId="settings-leave"
      >
        <Field
          label="Your username"
          value={name}
          onChange={setName}
          hint={`Type ${account.username} to be sure.`}
          autocomplete="off"
          required
        />
        <Field
          label="Your password"
          type="password"
          value={password}
          onChange={setPassword}
          autocomplete="current-password"
          required
        />
      </ActionForm>
    </Card>
  );
}

export function AccountSection(props: Props) {
  return (
    <>
      <Username {...props} />
      <Email {...props} />
      <ExportCard />
      <Leave account={props.account} />
    </>
  );
}
