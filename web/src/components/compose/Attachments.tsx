import { useId, useRef } from 'preact/hooks';
import { ACCEPTED } from '../../api/media';
import type { Attachments } from '../../state/attachments';
import { FormError } from '../ui/Feedback';
import { Icon } from '../ui/Icon';

/** Previews of what will be attached, each with its progress and its description. */
export function AttachmentList({ attachments }: { attachments: Attachments }) {
  const list = attachments.list.value;
  const id = useId();
  return (
    <>
      {list.length > 0 && (
        <ul class="attachments" data-testid="attachments">
          {list.map((one, index) => (
            <li key={one.preview} data-ready={one.mediaId !== undefined}>
              {one.file.type.startsWith('video/') ? (
                <video src={one.preview} muted playsInline />
              ) : (
                <img src={one.preview} alt="" />
              )}
              <button
                type="button"
                class="attachment-remove"
                aria-label={`Remove ${one.file.name}`}
                onClick={() => attachments.remove(one.preview)}
              >
                <Icon name="close" size={16} />
              </button>
              {one.mediaId === undefined && !one.error && (
                <progress aria-label={`Uploading ${one.file.name}`} max={1} value={one.progress} />
              )}
              <FormError text={one.error ?? null} />
              <label class="visually-hidden" for={`${id}-${index}`}>
                Description of <bdi>{one.file.name}</bdi>
              </label>
              <input
                id={`${id}-${index}`}
                class="attachment-alt"
                maxLength={1000}
                placeholder="Describe it for people who cannot see it"
                value={one.alt}
                data-testid="attachment-alt"
                onInput={(event) =>
                  attachments.patch(one.preview, { alt: event.currentTarget.value })
                }
              />
            </li>
          ))}
        </ul>
      )}
      <FormError text={attachments.problem.value} />
    </>
  );
}

export function AttachButton({ attachments }: { attachments: Attachments }) {
  const field = useRef<HTMLInputElement>(null);
  return (
    <>
      <button
        type="button"
        class="icon-button"
        aria-label="Add photos or a video"
        onClick={() => field.current?.click()}
      >
        <Icon name="picture" />
      </button>
      <input
        ref={field}
        type="file"
        hidden
        multiple
        accept={ACCEPTED}
        data-testid="attach-files"
        onChange={(event) => {
          attachments.add([...(event.currentTarget.files ?? [])]);
          // The same file may be chosen again after it was removed.
          event.currentTarget.value = '';
        }}
      />
    </>
  );
}
