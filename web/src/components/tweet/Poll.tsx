import { useState } from 'preact/hooks';
import { errorText } from '../../api/http';
import { fetchTweet, vote } from '../../api/tweets';
import { plural } from '../../lib/format';
import { isClosed, percent, totalVotes, withVote } from '../../lib/polls';
import { clock } from '../../state/hooks';
import { me } from '../../state/session';
import { patchTweet, putTweets, type StoredTweet } from '../../state/store';
import { showToast } from '../../state/toasts';
import { Time } from '../ui/Time';

/** A poll: options to choose from while it is open, and the votes so far. */
export function TweetPoll({ tweet }: { tweet: StoredTweet }) {
  const poll = tweet.poll;
  const [chosen, setChosen] = useState<number | null>(null);
  if (!poll) return null;
  const total = totalVotes(poll.options);
  const closed = isClosed(poll, clock.value);
  const open = !closed && chosen === null && !tweet.viewer?.voted && me.value !== null;

  const choose = async (position: number): Promise<void> => {
    setChosen(position);
    try {
      await vote(tweet.id, position);
      // The count follows in a moment; the own vote shows at once.
      patchTweet(tweet.id, () => ({
        poll: { ...poll, options: withVote(poll.options, position) },
      }));
    } catch (cause) {
      showToast(errorText(cause), 'error');
      const answer = await fetchTweet(tweet.id).catch(() => null);
      if (answer?.data) putTweets([answer.data], answer.includes);
    }
  };

  return (
    <div class="poll" data-testid="poll" data-status={closed ? 'closed' : 'open'}>
      {poll.options.map((option) => {
        const share = percent(option.votes, total);
        return open ? (
          <button
            key={option.position}
            type="button"
            class="button poll-option"
            data-testid="poll-option"
            onClick={() => void choose(option.position)}
          >
            <bdi>{option.label}</bdi>
          </button>
        ) : (
          <div
            key={option.position}
            class={chosen === option.position ? 'poll-result poll-chosen' : 'poll-result'}
            style={{ '--share': `${share}%` }}
            data-testid="poll-result"
          >
            <span dir="auto">{option.label}</span>
            <span>{share}%</span>
          </div>
        );
      })}
      <p class="muted">
        {plural(total, 'vote')}
        {' · '}
        {closed
          ? 'Final results'
          : poll.end_datetime && (
              <>
                ends <Time at={poll.end_datetime} full />
              </>
            )}
      </p>
    </div>
  );
}
