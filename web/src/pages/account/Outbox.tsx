import { useEffect, useState } from 'preact/hooks';
import type { Mail } from '../../api/accounts';
import { readOutbox } from '../../api/accounts';
import { errorText } from '../../api/http';
import { AuthLayout } from '../../components/shell/AuthLayout';
import { EmptyState, FormError } from '../../components/ui/Feedback';
import { Field } from '../../components/ui/Field';
import { navigate, place } from '../../lib/router';
import { useTitle } from '../../state/hooks';

function MailItem({ mail }: { mail: Mail }) {
  const token = mail.data?.token;
  return (
    <li class="mail" data-testid="mail">
      <h2>{mail.subject ?? 'No subject'}</h2>
      <p class="muted">
        {mail.channel} to {mail.to}
      </p>
      <pre>{mail.text}</pre>
      {token && (
        <a
          class="button button-primary"
          href={`/verify?token=${encodeURIComponent(token)}`}
          data-testid="mail-verify"
        >
          Confirm this address
        </a>
      )}
    </li>
  );
}

/** Stands in for a mailbox on the local stack, where mails never leave the machine. */
export function OutboxPage() {
  useTitle('Outbox');
  const to = place.value.query.get('to') ?? '';
  const [address, setAddress] = useState(to);
  const [mails, setMails] = useState<Mail[] | null>(null);
  const [error, setError] = useState<string | null>(null);

  const load = (): void => {
    if (!to) return;
    setError(null);
    readOutbox(to)
      .then(setMails)
      .catch((cause: unknown) => setError(errorText(cause)));
  };
  useEffect(load, [to]);

  return (
    <AuthLayout title="Outbox" lead="Mails of the local stack. They are never really sent.">
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (address.trim() === to) load();
          else navigate(`/dev/outbox?to=${encodeURIComponent(address.trim())}`, { replace: true });
        }}
      >
        <Field
          label="Sent to"
          type="email"
          value={address}
          onChange={setAddress}
          required
          testId="outbox-to"
        />
        <FormError text={error} />
        <button type="submit" class="button button-wide">
          Look again
        </button>
      </form>
      {mails && mails.length === 0 && (
        <EmptyState icon="mail" title="No mail yet">
          <p>Mails appear here a moment after they were written.</p>
        </EmptyState>
      )}
      <ul class="mails">
        {mails?.map((mail, index) => (
          <MailItem key={index} mail={mail} />
        ))}
      </ul>
    </AuthLayout>
  );
}
