import { useEffect, useState } from 'preact/hooks';
import { type Message, readOutbox } from '../../api/accounts';
import { errorText } from '../../api/http';
import { AuthLayout } from '../../components/shell/AuthLayout';
import { EmptyState, FormError } from '../../components/ui/Feedback';
import { Field } from '../../components/ui/Field';
import { navigate, place } from '../../lib/router';
import { useTitle } from '../../state/hooks';
import { Phone } from './Phone';
import { MailItem, TextMessage } from './Written';

const PUSHES = ['ios', 'android', 'webpush'];
const KINDS = { all: 'All', email: 'Mails', push: 'Pushes', sms: 'SMS', webhook: 'Webhooks' };
type Kind = keyof typeof KINDS;

const kindOf = (message: Message): Kind =>
  PUSHES.includes(message.channel) ? 'push' : (message.channel as Kind);

function Shown({ messages, kind }: { messages: Message[]; kind: Kind }) {
  const pushes = messages.filter((one) => kindOf(one) === 'push');
  const written = messages.filter((one) => kindOf(one) !== 'push');
  const wanted = kind === 'all' ? written : written.filter((one) => kindOf(one) === kind);
  return (
    <>
      {pushes.length > 0 && (kind === 'all' || kind === 'push') && <Phone pushes={pushes} />}
      <ul class="mails">
        {wanted.map((message, index) =>
          message.channel === 'email' ? (
            <MailItem key={message.data?.page ?? index} mail={message} />
          ) : (
            <TextMessage key={index} message={message} />
          ),
        )}
      </ul>
    </>
  );
}

/** Stands in for mailbox and phone on the local stack, where nothing leaves the machine. */
export function OutboxPage() {
  useTitle('Outbox');
  const to = place.value.query.get('to') ?? '';
  const [address, setAddress] = useState(to);
  const [kind, setKind] = useState<Kind>('all');
  const [messages, setMessages] = useState<Message[] | null>(null);
  const [error, setError] = useState<string | null>(null);

  const load = (): void => {
    setError(null);
    readOutbox(to)
      .then(setMessages)
      .catch((cause: unknown) => setError(errorText(cause)));
  };
  useEffect(load, [to]);

  return (
    <AuthLayout title="Outbox" lead="Messages of the local stack. They are never really sent.">
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          const wanted = address.trim();
          if (wanted === to) load();
          else
            navigate(`/dev/outbox${wanted && `?to=${encodeURIComponent(wanted)}`}`, {
              replace: true,
            });
        }}
      >
        <Field
          label="Sent to"
          hint="An address or a number; all messages when empty."
          value={address}
          onChange={setAddress}
          testId="outbox-to"
        />
        <FormError text={error} />
        <button type="submit" class="button button-wide">
          Look again
        </button>
      </form>
      <div class="segments outbox-kinds" role="group" aria-label="Kind of message">
        {(Object.keys(KINDS) as Kind[]).map((name) => (
          <button
            key={name}
            type="button"
            class="button"
            aria-pressed={kind === name}
            data-testid={`outbox-${name}`}
            onClick={() => setKind(name)}
          >
            {KINDS[name]}
          </button>
        ))}
      </div>
      {messages && messages.length === 0 && (
        <EmptyState icon="mail" title="No mail yet">
          <p>Messages appear here a moment after they were written.</p>
        </EmptyState>
      )}
      {messages && <Shown messages={messages} kind={kind} />}
    </AuthLayout>
  );
}
