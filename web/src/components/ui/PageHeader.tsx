import type { ComponentChildren } from 'preact';
import { navigate, place } from '../../lib/router';
import { Icon } from './Icon';

function goBack(): void {
  // Without an earlier page of ours, the browser's back would leave Rookery.
  if (place.peek().kind === 'load') navigate('/');
  else history.back();
}

export function PageHeader({
  title,
  note,
  back = false,
  children,
}: {
  title: string;
  note?: string;
  back?: boolean;
  children?: ComponentChildren;
}) {
  return (
    <header class="page-header">
      {back && (
        <button type="button" class="icon-button" aria-label="Back" onClick={goBack}>
          <Icon name="back" />
        </button>
      )}
      <div class="page-title">
        <h1>
          <bdi>{title}</bdi>
        </h1>
        {note && <span class="muted">{note}</span>}
      </div>
      {children}
    </header>
  );
}
