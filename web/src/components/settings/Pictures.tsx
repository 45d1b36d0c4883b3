import { useRef, useState } from 'preact/hooks';
import { errorText } from '../../api/http';
import { type Picture, removePicture, uploadPicture } from '../../api/settings';
import type { User } from '../../api/types';
import { hueOf } from '../../lib/format';
import { loadMe } from '../../state/session';
import { showToast } from '../../state/toasts';
import { Avatar } from '../ui/Avatar';
import { Card } from '../ui/Form';
import { Icon } from '../ui/Icon';

const LIMIT = 4_000_000;

function PictureButtons({ kind, label, shown }: { kind: Picture; label: string; shown: boolean }) {
  const input = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);

  const run = async (action: () => Promise<unknown>, done: string): Promise<void> => {
    setBusy(true);
    try {
      await action();
      await loadMe();
      showToast(done);
    } catch (cause) {
      showToast(errorText(cause), 'error');
    } finally {
      setBusy(false);
    }
  };

  const take = (file: File | undefined): void => {
    if (!file) return;
    if (file.size > LIMIT) showToast('The picture is larger than 4 MB.', 'error');
    else void run(() => uploadPicture(kind, file), `${label} saved.`);
  };

  return (
    <div class="picture-buttons">
      <input
        ref={input}
        type="file"
        class="visually-hidden"
        accept="image/jpeg,image/png,image/webp,image/gif"
        aria-label={`Choose a ${label.toLowerCase()}`}
        tabIndex={-1}
        data-testid={`upload-${kind}`}
        onChange={(event) => {
          take(event.currentTarget.files?.[0]);
          // The same file again is a change, too.
          event.currentTarget.value = '';
        }}
      />
      <button type="button" class="button" disabled={busy} onClick={() => input.current?.click()}>
        <Icon name="camera" size={18} />
        {busy ? 'Saving…' : `Change ${label.toLowerCase()}`}
      </button>
      {shown && (
        <button
          type="button"
          class="button"
          disabled={busy}
          data-testid={`remove-${kind}`}
          aria-label={`Remove ${label.toLowerCase()}`}
          onClick={() => void run(() => removePicture(kind), `${label} removed.`)}
        >
          Remove
        </button>
      )}
    </div>
  );
}

export function Pictures({ user }: { user: User }) {
  const hue = hueOf(user.id);
  return (
    <Card
      title="Pictures"
      text="JPEG, PNG, WebP or GIF, up to 4 MB. Where a photo was taken is removed from it."
    >
      <div
        class="picture-banner"
        style={{
          backgroundImage: user.profile_banner_url
            ? `url("${encodeURI(user.profile_banner_url)}")`
            : `linear-gradient(120deg, oklch(56% 0.14 ${hue}), oklch(34% 0.13 ${(hue + 50) % 360}))`,
        }}
      />
      <div class="picture-row">
        <span class="picture-avatar">
          <Avatar user={user} size={88} />
        </span>
        <div class="picture-column">
          <PictureButtons
            kind="profile_image"
            label="Picture"
            shown={Boolean(user.profile_image_url)}
          />
          <PictureButtons
            kind="profile_banner"
            label="Banner"
            shown={Boolean(user.profile_banner_url)}
          />
        </div>
      </div>
    </Card>
  );
}
