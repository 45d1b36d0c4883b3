import type { ComponentChildren } from 'preact';
import type { Failure } from '../../api/http';
import { Icon, type IconName } from './Icon';

export function ErrorState({ failure, onRetry }: { failure: Failure; onRetry: () => void }) {
  return (
    <div class="state" role="alert">
      <span class="state-icon state-icon-error">
        <Icon name="alert" size={28} />
      </span>
      <p>{failure.text}</p>
      {!failure.final && (
        <button type="button" class="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

export function EmptyState({
  icon,
  title,
  children,
}: {
  icon: IconName;
  title: string;
  children?: ComponentChildren;
}) {
  return (
    <div class="state">
      <span class="state-icon">
        <Icon name={icon} size={28} />
      </span>
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function FormError({ text }: { text: string | null }) {
  // The region stays mounted, so that screen readers announce text put into it.
  return (
    <div class="form-error" role="alert" data-testid="form-error" hidden={!text}>
      {text}
    </div>
  );
}

export function Skeleton({ rows = 5 }: { rows?: number }) {
  return (
    <div class="skeleton" role="status">
      <span class="visually-hidden">Loading…</span>
      {Array.from({ length: rows }, (_, index) => (
        <div class="skeleton-row" key={index} aria-hidden="true">
          <span class="skeleton-disc" />
          <span class="skeleton-lines">
            <span />
            <span />
            <span />
          </span>
        </div>
      ))}
    </div>
  );
}
