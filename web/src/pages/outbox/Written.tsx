import { useState } from 'preact/hooks';
import type { Message } from '../../api/accounts';
import { plural } from '../../lib/format';

export function MailItem({ mail }: { mail: Message }) {
  const [plain, setPlain] = useState(!mail.id);
  const token = mail.data?.token;
  return (
    <li class="mail" data-testid="mail">
      <h2>{mail.subject ?? 'No subject'}</h2>
      <p class="muted">
        {mail.channel} to {mail.to}
      </p>
      {mail.id && !plain ? (
        <iframe
          class="mail-frame"
          title={`Mail: ${mail.subject}`}
          src={`/1/dev/outbox/mails/${encodeURIComponent(mail.id)}`}
        />
      ) : (
        <pre>{mail.text}</pre>
      )}
      <div class="picture-buttons">
        {mail.id && (
          <button
            type="button"
            class="button"
            aria-pressed={plain}
            data-testid="mail-plain"
            onClick={() => setPlain(!plain)}
          >
            Plain text
          </button>
        )}
        {token && (
          <a
            class="button button-primary"
            href={`/verify?token=${encodeURIComponent(token)}`}
            data-testid="mail-verify"
          >
            Confirm this address
          </a>
        )}
      </div>
    </li>
  );
}

/** An SMS with its segments and price, or a webhook. */
export function TextMessage({ message }: { message: Message }) {
  return (
    <li class="mail" data-testid={message.channel}>
      <p class="muted">
        {message.channel === 'sms' ? 'SMS' : message.channel} to {message.to}
      </p>
      {message.title && <h2>{message.title}</h2>}
      <p class="bubble" dir="auto">
        {message.text}
      </p>
      {message.segments !== undefined && (
        <p class="muted" data-testid="sms-cost">
          {plural(message.segments, 'segment')}
          {message.encoding && ` · ${message.encoding}`}
          {message.price !== undefined && ` · $${message.price.toFixed(4)}`}
        </p>
      )}
    </li>
  );
}
