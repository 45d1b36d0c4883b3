import { useState } from 'preact/hooks';
import { searchPath } from '../../lib/paths';
import { navigate, place } from '../../lib/router';
import { PeopleToFollow } from '../profile/PeopleToFollow';
import { SearchBox } from '../profile/SearchBox';

/** The box of a page that has none of its own. */
function Find() {
  const [text, setText] = useState('');
  return (
    <SearchBox
      value={text}
      onInput={setText}
      onSearch={() => {
        if (text.trim()) navigate(searchPath(text.trim()));
        setText('');
      }}
    />
  );
}

export function Aside() {
  return (
    <aside class="aside" aria-label="Discover">
      {place.value.path !== searchPath() && <Find />}
      <PeopleToFollow title="Who to follow" most={3} compact />
      <section class="panel">
        <h2>Around the rookery</h2>
        <ul class="tips">
          <li>
            <kbd>n</kbd> writes a new tweet from anywhere.
          </li>
          <li>
            <kbd>Ctrl</kbd> + <kbd>Enter</kbd> sends it.
          </li>
          <li>
            <kbd>/</kbd> searches people.
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
