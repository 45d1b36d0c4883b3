import { CATEGORIES } from '../../api/moderation';
import type { Report } from '../../api/types';
import { plural } from '../../lib/format';
import { isolated } from '../../lib/text/isolation';
import { me } from '../../state/session';
import { userRef } from '../../state/store';
import { Icon } from '../ui/Icon';
import { Time } from '../ui/Time';

export interface QueuedCase extends Report {
  /** The tweet's text, when it is still there. */
  text?: string;
}

export const casePath = (id: string): string => `/moderation/reports/${id}`;

export function CaseRow({ found }: { found: QueuedCase }) {
  const user = userRef(found.user_id ?? '').value;
  const title = found.tweet_id
    ? (found.text ?? 'A tweet that is no longer there')
    : user
      ? `${isolated(user.name)} (@${user.username})`
      : 'An account that is no longer shown';
  return (
    <a class="case-row" href={casePath(found.id)} data-testid="case-row" data-case-id={found.id}>
      <span class="access-icon">
        <Icon name={found.tweet_id ? 'feather' : 'user'} size={21} />
      </span>
      <span class="case-main">
        <strong class="case-title" dir="auto">
          {title}
        </strong>
        <span class="case-facts muted">
          {plural(found.report_count, 'report')}
          {found.opened_at && (
            <>
              {' · '}
              <Time at={found.opened_at} />
            </>
          )}
          {found.claimed_by &&
            ` · ${found.claimed_by === me.value?.id ? 'yours' : 'someone else’s'}`}
        </span>
        <span class="badges">
          {found.categories.map((name) => (
            <span class="tag" key={name}>
              {CATEGORIES[name]}
            </span>
          ))}
        </span>
      </span>
      <Icon name="chevron" size={18} />
    </a>
  );
}
