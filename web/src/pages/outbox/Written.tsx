import { useState } from 'preact/hooks';
import type { Message } from '../../api/accounts';
import { plural } from '../../lib/format';

export function MailItem({ mail }: { mail: Message }) {
  const page = mail.data?.page;
  // Other mails have tokens too, such as those that unsubscribe.
  const token = mail.text?.includes('/verify?token=') ? mail.data?.token : undefined;
  const [plain, setPlain] = useState(!page);
  return (
    <li class="mail" data-testid="mail">
      <h2>{mail.subject ?? 'No subject'}</h2>
      <p class="muted">
        {mail.channel} to {mail.to}
      </p>
      {page && !plain ? (
        <iframe
          class="mail-frame"
          title={`Mail: ${mail.subject}`}
          src={`/1/dev/outbox/mails/${encodeURIComponent(page)}`}
        />
      ) : (
        <pre>{mail.text}</pre>
      )}
      <div class="picture-buttons">
        {page && (
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
  const cost = message.data ?? {};
  return (
    <li class="mail" data-testid={message.channel}>
      <p class="muted">
        {message.channel === 'sms' ? 'SMS' : message.channel} to {message.to}
      </p>
      {message.subject && <h2>{message.subject}</h2>}
      <p class="bubble" dir="auto">
        {message.text}
      </p>
      {cost.segments !== undefined && (
        <p class="muted" data-testid="sms-cost">
          {plural(cost.segments, 'segment')}
          {cost.encoding && ` · ${cost.encoding}`}
          {cost.price !== undefined && ` · $${cost.price.toFixed(4)}`}
        </p>
      )}
    </li>
  );
}
