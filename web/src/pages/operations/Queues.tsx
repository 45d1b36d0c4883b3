import { useState } from 'preact/hooks';
import { errorText } from '../../api/http';
import {
  type DeadQueue,
  fetchDeadLetters,
  fetchDeadQueues,
  redrive,
} from '../../api/notify/operations';
import type { DeadLetter } from '../../api/types';
import { Loading } from '../../components/notify/Loading';
import { ConfirmDialog } from '../../components/ui/Dialog';
import { plural } from '../../lib/format';
import { useLoaded } from '../../state/load';
import { showToast } from '../../state/toasts';

function Queue({ queue, onChange }: { queue: DeadQueue; onChange: () => void }) {
  const [letters, setLetters] = useState<DeadLetter[] | null>(null);
  const [asking, setAsking] = useState(false);
  const show = (): void => {
    fetchDeadLetters(queue.queue)
      .then(setLetters)
      .catch((cause: unknown) => showToast(errorText(cause), 'error'));
  };
  const send = async (): Promise<void> => {
    setAsking(false);
    try {
      const done = await redrive(queue.queue);
      showToast(`${plural(done.moved, 'message')} sent back.`);
      setLetters(null);
      onChange();
    } catch (cause) {
      showToast(errorText(cause), 'error');
    }
  };
  return (
    <li class="access-row queue" data-testid="dead-queue">
      <span class="access-text">
        <strong>{queue.queue}</strong>
        <span class={queue.waiting > 0 ? 'figure-bad' : 'muted'}>
          {plural(queue.waiting, 'message')}
        </span>
      </span>
      {queue.waiting > 0 && (
        <span class="picture-buttons">
          <button
            type="button"
            class="button"
            aria-label={`Show messages of ${queue.queue}`}
            onClick={show}
          >
            Show
          </button>
          <button
            type="button"
            class="button button-primary"
            aria-label={`Redrive ${queue.queue}`}
            data-testid="redrive"
            onClick={() => setAsking(true)}
          >
            Redrive
          </button>
        </span>
      )}
      {letters && (
        <ul class="letters">
          {letters.map((letter) => (
            <li key={letter.id} data-testid="dead-letter">
              <code>{letter.body}</code>
            </li>
          ))}
        </ul>
      )}
      {asking && (
        <ConfirmDialog
          title="Redrive?"
          text="Up to 500 messages go back to the queue they failed in. Deliveries that are done are not repeated."
          action="Redrive"
          onClose={() => setAsking(false)}
          onConfirm={() => void send()}
        />
      )}
    </li>
  );
}

/** Messages that failed five times, by queue: the fullest first. */
export function Queues() {
  const loaded = useLoaded(fetchDeadQueues);
  return (
    <Loading loaded={loaded}>
      {(queues) => (
        <ul class="access-list">
          {[...queues]
            .sort((one, other) => other.waiting - one.waiting)
            .map((queue) => (
              <Queue key={queue.queue} queue={queue} onChange={loaded.reload} />
            ))}
        </ul>
      )}
    </Loading>
  );
}
