import '@fontsource-variable/bricolage-grotesque/wght.css';
import '@fontsource-variable/figtree/wght.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/forms.css';
import './styles/layout.css';
import './styles/layout-narrow.css';
import './styles/overlays.css';
import './styles/page.css';
import './styles/lists.css';
import './styles/tweet.css';
import './styles/tweet-parts.css';
import './styles/composer.css';
import './styles/media.css';
import './styles/people.css';
import './styles/later.css';
import './styles/user-lists.css';
import './styles/crawls.css';
import './styles/auth.css';
import './styles/settings.css';
import './styles/moderation.css';
import './styles/notify.css';
import { render } from 'preact';
import { App } from './app';
import { startRouter } from './lib/router';
import { watchSession } from './state/session';

startRouter();
watchSession();
const root = document.getElementById('app');
if (root) {
  // What the server wrote for readers without an account.
  root.replaceChildren();
  render(<App />, root);
}
