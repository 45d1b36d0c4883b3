import { useEffect, useState } from 'preact/hooks';
import { type Failure, failureOf } from '../../api/http';
import { CATEGORIES, claimCase, fetchCase } from '../../api/moderation';
import { fetchTweet } from '../../api/tweets';
import type { ReportCase } from '../../api/types';
import { AccountCard, useAccountState } from '../../components/moderation/AccountCard';
import { choicesFor, Decision } from '../../components/moderation/Decision';
import { TweetArticle } from '../../components/tweet/Article';
import { ErrorState, Skeleton } from '../../components/ui/Feedback';
import { ActionForm, Card } from '../../components/ui/Form';
import { PageHeader } from '../../components/ui/PageHeader';
import { Time } from '../../components/ui/Time';
import { plural } from '../../lib/format';
import { useTitle } from '../../state/hooks';
import { isModerator } from '../../state/roles';
import { me } from '../../state/session';
import { putTweets, tweetRef } from '../../state/store';
import { NotFoundPage } from '../NotFound';

function Reports({ found }: { found: ReportCase }) {
  const rest = found.report_count - (found.reports?.length ?? 0);
  return (
    <Card title={plural(found.report_count, 'report')}>
      <ul class="case-reports">
        {found.reports?.map((report, index) => (
          <li key={index}>
            <span class="case-report-head">
              <span class="tag">{CATEGORIES[report.category]}</span>
              <span class="muted">
                <Time at={report.created_at} />
              </span>
            </span>
            {report.comment && <p dir="auto">{report.comment}</p>}
          </li>
        ))}
      </ul>
      {rest > 0 && <p class="muted">And {rest} more.</p>}
    </Card>
  );
}

function Work({
  found,
  accountId,
  hasTweet,
  reload,
}: {
  found: ReportCase;
  accountId?: string;
  hasTweet: boolean;
  reload: () => Promise<void>;
}) {
  const { state } = useAccountState(accountId);
  if (found.status === 'resolved') {
    const words =
      found.outcome === 'violation' ? 'The rules were broken.' : 'The rules were not broken.';
    return (
      <Card title="Resolved" text={words}>
        <p class="muted">A new report opens it again.</p>
      </Card>
    );
  }
  if (found.claimed_by !== me.value?.id) {
    const taken = found.status === 'claimed';
    return (
      <Card
        title={taken ? 'Somebody else works on this' : 'Nobody works on this'}
        text={
          taken
            ? 'You can take it over half an hour after it was taken.'
            : 'Claim it to reserve it for half an hour.'
        }
      >
        <ActionForm
          action={async () => {
            await claimCase(found.id);
            await reload();
          }}
          label={taken ? 'Take over' : 'Take this report'}
          testId="claim"
        />
      </Card>
    );
  }
  const staff = state?.roles.some((role) => role === 'moderator' || role === 'admin') ?? true;
  const canAct = state?.status === 'active' && !staff;
  return (
    <Card title="You work on this">
      <Decision
        found={found}
        accountId={accountId}
        acts={choicesFor(found, hasTweet, canAct, state?.limited ?? false)}
        onDone={() => void reload()}
      />
    </Card>
  );
}

export function CasePage({ id }: { id: string }) {
  useTitle('Report');
  const [found, setFound] = useState<ReportCase | null>(null);
  const [error, setError] = useState<Failure | null>(null);
  const [tweetState, setTweetState] = useState<'loading' | 'there' | 'gone'>('loading');
  const [version, setVersion] = useState(0);

  const load = async (): Promise<void> => {
    setError(null);
    try {
      const next = await fetchCase(id);
      if (next.tweet_id) {
        try {
          const answer = await fetchTweet(next.tweet_id);
          putTweets(answer.data && [answer.data], answer.includes);
          setTweetState('there');
        } catch {
          setTweetState('gone');
        }
      }
      setFound(next);
      setVersion((before) => before + 1);
    } catch (cause) {
      setError(failureOf(cause));
    }
  };
  useEffect(() => {
    if (isModerator.peek()) void load();
  }, [id]);

  // A tweet that was removed meanwhile still tells whose it was.
  const tweet = tweetRef(found?.tweet_id ?? '').value;
  const accountId = found?.user_id ?? tweet?.author_id;
  if (!isModerator.value) return <NotFoundPage />;
  return (
    <>
      <PageHeader
        title={id.startsWith('tweet') ? 'Reported tweet' : 'Reported account'}
        note="Moderation"
        back
      />
      {!found &&
        (error ? (
          <ErrorState failure={error} onRetry={() => void load()} />
        ) : (
          <Skeleton rows={4} />
        ))}
      {found && (
        <div data-testid="case" data-status={found.status}>
          {found.tweet_id &&
            (tweetState === 'there' ? (
              <TweetArticle id={found.tweet_id} />
            ) : (
              <p class="tweet-missing" data-testid="case-tweet-gone">
                The tweet is not there any more.
              </p>
            ))}
          <div class="settings">
            {accountId && (
              <section class="settings-card" aria-label="Account">
                <AccountCard key={`card-${version}`} id={accountId} onChange={() => void load()} />
              </section>
            )}
            <Work
              key={`work-${version}`}
              found={found}
              accountId={accountId}
              hasTweet={tweetState === 'there'}
              reload={load}
            />
            <Reports found={found} />
          </div>
        </div>
      )}
    </>
  );
}
