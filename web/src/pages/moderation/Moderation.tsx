import { useState } from 'preact/hooks';
import { type AuditLog, fetchCases, fetchPeople } from '../../api/moderation';
import { fetchTexts } from '../../api/tweets';
import { AuditList } from '../../components/moderation/AuditList';
import { CaseRow, type QueuedCase } from '../../components/moderation/CaseRow';
import { EmptyState } from '../../components/ui/Feedback';
import { Icon } from '../../components/ui/Icon';
import { ListView } from '../../components/ui/ListView';
import { PageHeader } from '../../components/ui/PageHeader';
import { navigate } from '../../lib/router';
import { useTitle } from '../../state/hooks';
import { usePagedList } from '../../state/lists';
import { isAdmin, isModerator } from '../../state/roles';
import { putUsers } from '../../state/store';
import { NotFoundPage } from '../NotFound';

type Section = 'open' | 'claimed' | 'audit';
const TITLES: Record<Section, string> = { open: 'Open', claimed: 'Claimed', audit: 'Audit log' };

function Queue({ status }: { status: 'open' | 'claimed' }) {
  const list = usePagedList<QueuedCase>(
    `cases:${status}`,
    async (token) => {
      const answer = await fetchCases(status, token);
      const cases = answer.data ?? [];
      const users = cases.flatMap((found) => found.user_id ?? []);
      const tweets = cases.flatMap((found) => found.tweet_id ?? []);
      // Rows can be told apart without names and texts.
      const [people, texts] = await Promise.all([
        users.length > 0 ? fetchPeople(users).catch(() => []) : [],
        tweets.length > 0
          ? fetchTexts(tweets).catch(() => new Map<string, string>())
          : new Map<string, string>(),
      ]);
      putUsers(people);
      const items = cases.map((found) => ({ ...found, text: texts.get(found.tweet_id ?? '') }));
      return { items, next: answer.meta?.next_token };
    },
    (found) => found.id,
  );
  return (
    <ListView
      list={list}
      render={(found) => <CaseRow key={found.id} found={found} />}
      empty={
        <EmptyState
          icon="shield"
          title={status === 'open' ? 'No open reports' : 'Nobody works on a report'}
        >
          <p>
            {status === 'open'
              ? 'All is quiet. New reports show up here.'
              : 'Reports that moderators took show up here.'}
          </p>
        </EmptyState>
      }
    />
  );
}

function FindAccount() {
  const [name, setName] = useState('');
  const wanted = name.trim().replace(/^@/, '');
  return (
    <form
      class="find moderation-find"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        if (wanted) navigate(`/moderation/users/@${encodeURIComponent(wanted)}`);
      }}
    >
      <label class="find-field">
        <span class="visually-hidden">Find an account by its username</span>
        <Icon name="search" size={19} />
        <input
          value={name}
          placeholder="Username of an account"
          autocapitalize="none"
          autocomplete="off"
          maxLength={16}
          data-testid="moderation-find"
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
    </form>
  );
}

function Audit() {
  const [log, setLog] = useState<AuditLog>('accounts');
  return (
    <>
      <div class="segments" role="group" aria-label="Which log">
        {(['accounts', 'tweets'] as const).map((name) => (
          <button
            key={name}
            type="button"
            class="button"
            aria-pressed={log === name}
            onClick={() => setLog(name)}
          >
            {name === 'accounts' ? 'Accounts and reports' : 'Tweets'}
          </button>
        ))}
      </div>
      <AuditList key={log} log={log} />
    </>
  );
}

export function ModerationPage({ section = 'open' }: { section?: Section }) {
  useTitle('Moderation');
  if (!isModerator.value || (section === 'audit' && !isAdmin.value)) return <NotFoundPage />;
  const sections = (Object.keys(TITLES) as Section[]).filter(
    (name) => name !== 'audit' || isAdmin.value,
  );
  return (
    <>
      <PageHeader title="Moderation" />
      <nav class="tabs" aria-label="Moderation">
        {sections.map((name) => (
          <a
            key={name}
            href={name === 'open' ? '/moderation' : `/moderation/${name}`}
            aria-current={name === section ? 'page' : undefined}
            data-testid={`moderation-${name}`}
          >
            {TITLES[name]}
          </a>
        ))}
      </nav>
      {section === 'audit' ? (
        <Audit />
      ) : (
        <>
          <FindAccount />
          <Queue status={section} />
        </>
      )}
    </>
  );
}
