import { useState } from 'preact/hooks';
import { createOwnTokens, rotateSecret, type SecretKind, type Secrets } from '../../api/apps';
import { errorText } from '../../api/http';
import type { DeveloperApp } from '../../api/types';
import { showToast } from '../../state/toasts';
import { ConfirmDialog } from '../ui/Dialog';
import { Card } from '../ui/Form';
import { Secret } from './Secret';

const NAMES: Record<keyof Secrets, string> = {
  client_id: 'Client ID',
  client_secret: 'Client secret',
  consumer_key: 'API key',
  consumer_secret: 'API key secret',
  bearer_token: 'Bearer token',
  access_token: 'Access token',
  access_token_secret: 'Access token secret',
  oauth2_access_token: 'OAuth 2.0 access token',
  oauth2_refresh_token: 'OAuth 2.0 refresh token',
};

/** Secrets that the server shows once, each with a button to copy it. */
export function ShownOnce({ secrets, onClose }: { secrets: Secrets; onClose: () => void }) {
  return (
    <div class="settings-note" role="status" data-testid="secrets">
      <p>
        <strong>Keep these now.</strong> They are not shown again.
      </p>
      {(Object.keys(NAMES) as (keyof Secrets)[])
        .filter((name) => secrets[name])
        .map((name) => (
          <Secret key={name} label={NAMES[name]} value={secrets[name] ?? ''} />
        ))}
      <button type="button" class="button button-primary" onClick={onClose}>
        I have kept them
      </button>
    </div>
  );
}

const ROTATIONS: { kind: SecretKind; label: string; hint: string }[] = [
  { kind: 'client_secret', label: 'Client secret', hint: 'OAuth 2.0' },
  { kind: 'consumer_secret', label: 'API key secret', hint: 'OAuth 1.0a' },
  { kind: 'bearer_token', label: 'Bearer token', hint: 'ends every bearer of before' },
];

/** Keys of an app: shows what is public, makes new secrets and own tokens. */
export function AppKeys({ app }: { app: DeveloperApp }) {
  const [secrets, setSecrets] = useState<Secrets | null>(null);
  const [asked, setAsked] = useState<(typeof ROTATIONS)[number] | null>(null);
  const show = async (make: () => Promise<Secrets>): Promise<void> => {
    setAsked(null);
    try {
      setSecrets(await make());
    } catch (cause) {
      showToast(errorText(cause), 'error');
    }
  };
  return (
    <Card title="Keys and tokens">
      <Secret label="Client ID" value={app.id} />
      {app.consumer_key && <Secret label="API key" value={app.consumer_key} />}
      {secrets && <ShownOnce secrets={secrets} onClose={() => setSecrets(null)} />}
      <ul class="access-list">
        {ROTATIONS.map((rotation) => (
          <li class="access-row" key={rotation.kind}>
            <span class="access-text">
              <strong>{rotation.label}</strong>
              <span class="muted">{rotation.hint}</span>
            </span>
            <button
              type="button"
              class="button"
              data-testid={`rotate-${rotation.kind}`}
              aria-label={`Make a new ${rotation.label}`}
              onClick={() => setAsked(rotation)}
            >
              Make a new one
            </button>
          </li>
        ))}
        <li class="access-row">
          <span class="access-text">
            <strong>Your own tokens</strong>
            <span class="muted">for requests in your name, without a login</span>
          </span>
          <button
            type="button"
            class="button"
            data-testid="own-tokens"
            onClick={() => void show(() => createOwnTokens(app.id))}
          >
            Create
          </button>
        </li>
      </ul>
      <p class="hint">
        To end your own tokens, disconnect the app under <a href="/settings/apps">connected apps</a>
        .
      </p>
      {asked && (
        <ConfirmDialog
          title={`A new ${asked.label.toLowerCase()}?`}
          text="The old one stops working at once."
          action="Make a new one"
          onConfirm={() => void show(() => rotateSecret(app.id, asked.kind))}
          onClose={() => setAsked(null)}
        />
      )}
    </Card>
  );
}
