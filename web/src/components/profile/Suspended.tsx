import { isModerator } from '../../state/roles';
import { EmptyState } from '../ui/Feedback';

export function SuspendedState({ username }: { username: string }) {
  return (
    <div data-testid="suspended">
      <EmptyState icon="shield" title="Account suspended">
        <p>@{username} broke the rules of this place. The account and its tweets are not shown.</p>
        {isModerator.value && (
          <a class="button" href={`/moderation/users/@${username}`} data-testid="suspended-review">
            Review this account
          </a>
        )}
      </EmptyState>
    </div>
  );
}
