import { useEffect, useState } from 'preact/hooks';
import { type DemoLogin, fetchDemoLogins } from '../../api/accounts';

/** Accounts of the demo community, where there is one: one click fills in and sends the form. */
export function DemoLogins({ onPick }: { onPick: (login: DemoLogin) => void }) {
  const [logins, setLogins] = useState<DemoLogin[]>([]);
  useEffect(() => {
    fetchDemoLogins().then(setLogins, () => undefined);
  }, []);
  if (logins.length === 0) return null;
  return (
    <section class="dev-hint demo-logins" aria-label="Demo accounts" data-testid="demo-logins">
      <p>This Rookery runs on your machine. Look around as one of the demo community:</p>
      <ul>
        {logins.map((login) => (
          <li key={login.username}>
            <button
              type="button"
              class="button"
              data-testid="demo-login"
              onClick={() => onPick(login)}
            >
              @{login.username}
              {login.role !== 'user' && <span class="tag">{login.role}</span>}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
