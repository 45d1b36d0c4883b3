import { useEffect } from 'preact/hooks';
import { me } from '../../state/session';
import { loadSuggestions, suggestions } from '../../state/suggestions';
import { FindPerson } from '../profile/FindPerson';
import { UserRow } from '../profile/UserRow';

export function Aside() {
  const viewer = me.value;
  const ids = suggestions.value ?? [];
  useEffect(() => {
    if (viewer) void loadSuggestions(viewer.id);
  }, [viewer?.id]);

  return (
    <aside class="aside" aria-label="Discover">
      <FindPerson />
      {ids.length > 0 && (
        <section class="panel">
          <h2>Who to follow</h2>
          {ids.map((id) => (
            <UserRow key={id} id={id} compact />
          ))}
        </section>
      )}
      <section class="panel">
        <h2>Around the rookery</h2>
        <ul class="tips">
          <li>
            <kbd>n</kbd> writes a new tweet from anywhere.
          </li>
          <li>
            <kbd>Ctrl</kbd> + <kbd>Enter</kbd> sends it.
          </li>
          <li>Post a link and a preview card appears once the page has been read.</li>
          <li>
            <a href="/crawls">Crawls</a> walk a whole site, page by page.
          </li>
        </ul>
      </section>
      <p class="footnote">Rookery speaks the X API v2, so your bots feel at home here.</p>
    </aside>
  );
}
