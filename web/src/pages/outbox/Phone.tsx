import type { Message } from '../../api/accounts';
import { Mark } from '../../components/ui/Mark';
import { Time } from '../../components/ui/Time';

const SYSTEMS: Record<string, string> = { ios: 'iOS', android: 'Android', webpush: 'Browser' };
const SHOWN = 8;

/** Pushes as a lock screen shows them. */
export function Phone({ pushes }: { pushes: Message[] }) {
  return (
    <section class="phone" aria-label="Phone" data-testid="phone">
      <div class="phone-notch" aria-hidden="true" />
      <ul class="phone-screen">
        {pushes.slice(0, SHOWN).map((push, index) => (
          <li key={index} class="phone-push" data-testid="push">
            <span class="phone-head">
              <Mark size={18} />
              <span>Rookery · {SYSTEMS[push.channel] ?? push.channel}</span>
              {push.created_at && <Time at={push.created_at} />}
            </span>
            {push.subject && <strong dir="auto">{push.subject}</strong>}
            {push.text && <span dir="auto">{push.text}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}
