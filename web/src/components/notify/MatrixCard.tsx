import { useState } from 'preact/hooks';
import { errorText } from '../../api/http';
import { changePreferences, type Matrix, type Preferences } from '../../api/notify/preferences';
import { FormError } from '../ui/Feedback';
import { Card } from '../ui/Form';

const CATEGORIES: Record<string, string> = {
  mentions: 'Mentions, replies and quotes',
  likes: 'Likes',
  retweets: 'Retweets',
  follows: 'New followers',
  follow_requests: 'Follow requests',
  posts: 'Tweets of accounts you watch',
  polls: 'Polls',
  message: 'Messages',
  crawl: 'Crawls',
  digest: 'Digests',
};
const CHANNELS: Record<string, string> = {
  inbox: 'Inbox',
  email: 'Email',
  webpush: 'Browser',
  ios: 'iOS',
  android: 'Android',
  sms: 'SMS',
  webhook: 'Webhook',
};

const nameOf = (key: string, names: Record<string, string>): string =>
  names[key] ?? key.replaceAll('_', ' ');

/** Known keys in their order, then those that only a newer server knows. */
const ordered = (keys: string[], names: Record<string, string>): string[] => [
  ...Object.keys(names).filter((key) => keys.includes(key)),
  ...keys.filter((key) => !(key in names)),
];

export function MatrixCard({
  matrix,
  onChange,
}: {
  matrix: Matrix;
  onChange: (preferences: Preferences) => void;
}) {
  const [error, setError] = useState<string | null>(null);
  const [pending, setPending] = useState<Matrix>({});

  const set = async (category: string, channel: string, on: boolean): Promise<void> => {
    const change = { [category]: { [channel]: on } };
    setError(null);
    setPending(change);
    try {
      onChange(await changePreferences({ categories: change }));
    } catch (cause) {
      setError(errorText(cause));
    } finally {
      setPending({});
    }
  };

  return (
    <Card
      title="What reaches you"
      text="Security notices and login codes always reach you. All others are up to you."
    >
      <FormError text={error} />
      <div class="matrix">
        {ordered(Object.keys(matrix), CATEGORIES).map((category) => {
          const channels = matrix[category] ?? {};
          return (
            <fieldset key={category} class="matrix-row" data-testid={`matrix-${category}`}>
              <legend>{nameOf(category, CATEGORIES)}</legend>
              {ordered(Object.keys(channels), CHANNELS).map((channel) => (
                <label key={channel} class="matrix-cell">
                  <input
                    type="checkbox"
                    checked={pending[category]?.[channel] ?? channels[channel]}
                    data-testid={`${category}-${channel}`}
                    onChange={(event) => void set(category, channel, event.currentTarget.checked)}
                  />
                  {nameOf(channel, CHANNELS)}
                </label>
              ))}
            </fieldset>
          );
        })}
      </div>
    </Card>
  );
}
