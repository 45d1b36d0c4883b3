import { useEffect } from 'preact/hooks';
import { me } from '../../state/session';
import { loadSuggestions, suggestions } from '../../state/suggestions';
import { UserRow } from './UserRow';

/** Accounts with buttons to follow them; nothing while there are none. */
export function PeopleToFollow({
  title,
  most,
  compact = false,
}: {
  title: string;
  most: number;
  compact?: boolean;
}) {
  const viewer = me.value;
  useEffect(() => {
    if (viewer) void loadSuggestions(viewer.id);
  }, [viewer?.id]);
  const ids = (suggestions.value ?? []).slice(0, most);
  if (ids.length === 0) return null;
  return (
    <section class={compact ? 'panel' : 'people'} data-testid="people-to-follow">
      <h2>{title}</h2>
      {ids.map((id) => (
        <UserRow key={id} id={id} compact={compact} />
      ))}
    </section>
  );
}
