import { useId, useState } from 'preact/hooks';
import { ApiError, errorText } from '../../api/http';
import { fetchUserByName } from '../../api/users';
import { profilePath } from '../../lib/paths';
import { navigate } from '../../lib/router';
import { putProfile } from '../../state/store';
import { FormError } from '../ui/Feedback';
import { Icon } from '../ui/Icon';

/** Goes to a profile by its exact username, checking first that it exists. */
export function FindPerson() {
  const [name, setName] = useState('');
  const [error, setError] = useState<string | null>(null);
  const id = useId();

  const find = async (): Promise<void> => {
    const username = name.trim().replace(/^@/, '');
    if (!username) return;
    setError(null);
    try {
      const user = await fetchUserByName(username);
      putProfile(user);
      setName('');
      navigate(profilePath(user.username));
    } catch (cause) {
      const missing = cause instanceof ApiError && (cause.status === 404 || cause.status === 400);
      setError(missing ? `There is no account called @${username}.` : errorText(cause));
    }
  };

  return (
    <form
      class="find"
      role="search"
      data-testid="find-form"
      onSubmit={(event) => {
        event.preventDefault();
        void find();
      }}
    >
      <label class="visually-hidden" for={id}>
        Go to a profile by username
      </label>
      <span class="find-field">
        <Icon name="search" />
        <input
          id={id}
          value={name}
          placeholder="Find @username"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          data-testid="find-username"
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </span>
      <FormError text={error} />
    </form>
  );
}
