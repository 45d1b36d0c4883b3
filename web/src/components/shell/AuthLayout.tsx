import type { ComponentChildren } from 'preact';
import { Mark } from '../ui/Mark';
import { ThemeToggle } from './AccountMenu';
import { Toasts } from './Toasts';

/** The frame of every page seen before login. */
export function AuthLayout({
  title,
  lead,
  children,
}: {
  title: string;
  lead?: string;
  children: ComponentChildren;
}) {
  return (
    <div class="auth">
      <div class="auth-art" aria-hidden="true">
        <Mark size={88} />
        <p class="auth-slogan">Short posts, loud company.</p>
        <p class="auth-note">
          A rookery is where the rooks gather at dusk to tell each other everything.
        </p>
      </div>
      <main class="auth-main" id="main" tabIndex={-1}>
        <div class="auth-top">
          <a class="brand" href="/" aria-label="Rookery, home">
            <Mark size={36} />
            <span class="brand-name">Rookery</span>
          </a>
          <ThemeToggle />
        </div>
        <div class="auth-card">
          <h1>{title}</h1>
          {lead && <p class="lead">{lead}</p>}
          {children}
        </div>
      </main>
      <Toasts />
    </div>
  );
}
