import { type AuditLog, fetchAudit, fetchPeople } from '../../api/moderation';
import type { AuditEntry } from '../../api/types';
import { usePagedList } from '../../state/lists';
import { putUsers, userRef } from '../../state/store';
import { EmptyState } from '../ui/Feedback';
import { ListView } from '../ui/ListView';
import { Time } from '../ui/Time';
import { casePath } from './CaseRow';

const WORDS: Record<string, string> = {
  'account.suspend': 'suspended',
  'account.restore': 'restored',
  'account.limit': 'limited',
  'account.unlimit': 'lifted the limits of',
  'account.verify': 'verified',
  'account.unverify': 'took the badge from',
  'roles.assign': 'changed the roles of',
  'tweet.remove': 'removed',
  'report.claim': 'took the report on',
  'report.violation': 'found a violation in the report on',
  'report.no_violation': 'dismissed the report on',
};

function Person({ id }: { id: string }) {
  const user = userRef(id).value;
  if (id === 'operator') return <strong>An operator</strong>;
  return (
    <a class="audit-person" href={`/moderation/users/${id}`}>
      {user ? `@${user.username}` : `account ${id}`}
    </a>
  );
}

function Subject({ entry }: { entry: AuditEntry }) {
  const [kind, id = ''] = entry.subject.split('#');
  if (entry.action.startsWith('report.')) {
    return <a href={casePath(`${kind}-${id}`)}>{kind === 'tweet' ? 'a tweet' : 'an account'}</a>;
  }
  return kind === 'tweet' ? <a href={`/status/${id}`}>a tweet</a> : <Person id={id} />;
}

function Entry({ entry }: { entry: AuditEntry }) {
  return (
    <article class="audit-entry" data-testid="audit-entry" data-action={entry.action}>
      <p>
        <Person id={entry.actor_id} /> {WORDS[entry.action] ?? entry.action}{' '}
        <Subject entry={entry} />{' '}
        <span class="muted">
          · <Time at={entry.at} />
        </span>
      </p>
      {entry.action !== 'report.claim' && (
        <p class="muted audit-reason" dir="auto">
          {entry.reason}
        </p>
      )}
    </article>
  );
}

/** The log of one domain, newest first; of one subject where one is named. */
export function AuditList({ log, subject }: { log: AuditLog; subject?: string }) {
  const list = usePagedList<AuditEntry>(
    `audit:${log}:${subject ?? ''}`,
    async (token) => {
      const answer = await fetchAudit(log, token, subject);
      const items = answer.data ?? [];
      const named = items.flatMap((entry) => [entry.actor_id, entry.subject.split('#')]).flat();
      const ids = [...new Set(named.filter((id) => /^\d+$/.test(id)))];
      // Names are a comfort; without them ids are shown.
      if (ids.length > 0) putUsers(await fetchPeople(ids.slice(0, 100)).catch(() => []));
      return { items, next: answer.meta?.next_token };
    },
    (entry) => entry.id,
  );
  return (
    <ListView
      list={list}
      render={(entry) => <Entry key={entry.id} entry={entry} />}
      empty={
        <EmptyState icon="shield" title="Nothing in the log">
          <p>What moderators and admins do is listed here.</p>
        </EmptyState>
      }
    />
  );
}
