import { useEffect, useState } from 'preact/hooks';
import { errorText } from '../../api/http';
import { fetchTimeline } from '../../api/notify/operations';
import type { DeliveryReport } from '../../api/types';
import { FormError } from '../../components/ui/Feedback';
import { Field } from '../../components/ui/Field';
import { formatAbsolute } from '../../lib/format';
import { navigate, place } from '../../lib/router';

function Found({ found }: { found: DeliveryReport }) {
  return (
    <section class="settings-card" data-testid="timeline">
      <h2>{found.title ?? found.type}</h2>
      <p class="muted">
        {found.status} · {formatAbsolute(found.created_at)}
      </p>
      <ul class="access-list">
        {found.deliveries.map((one) => (
          <li key={`${one.user_id}${one.channel}${one.target}`} class="access-row">
            <span class="access-text">
              <strong>
                {one.channel}: {one.state}
              </strong>
              <span class="muted">
                {one.reason ? `${one.reason} · ` : ''}
                {one.target}
              </span>
            </span>
          </li>
        ))}
      </ul>
      <ol class="steps">
        {found.timeline.map((step, index) => (
          <li key={index}>
            <time dateTime={step.at}>{formatAbsolute(step.at)}</time>
            <strong>{step.state}</strong>
            <span class="muted">{[step.channel, step.reason].filter(Boolean).join(' · ')}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** Everything that happened to one notification. */
export function TimelineSearch() {
  const wanted = place.value.query.get('id') ?? '';
  const [id, setId] = useState(wanted);
  const [found, setFound] = useState<DeliveryReport | null>(null);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    setFound(null);
    setError(null);
    if (!wanted) return;
    fetchTimeline(wanted)
      .then(setFound)
      .catch((cause: unknown) => setError(errorText(cause)));
  }, [wanted]);
  return (
    <>
      <form
        class="form"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          navigate(`/operations/timeline?id=${encodeURIComponent(id.trim())}`, { replace: true });
        }}
      >
        <Field
          label="Id of a notification"
          value={id}
          onChange={setId}
          required
          autocomplete="off"
          testId="timeline-id"
        />
        <FormError text={error} />
        <div class="settings-actions">
          <button type="submit" class="button button-primary">
            Show
          </button>
        </div>
      </form>
      {found && <Found found={found} />}
    </>
  );
}
