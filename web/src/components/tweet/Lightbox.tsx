import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Media } from '../../api/types';
import { renewMedia } from '../../state/media';
import { Icon } from '../ui/Icon';

/** One picture over everything; arrows move, Escape and the backdrop close. */
export function Lightbox({
  media,
  index,
  onMove,
  onClose,
}: {
  media: Media[];
  index: number;
  onMove: (index: number) => void;
  onClose: () => void;
}) {
  const element = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  const shown = media[index];
  const move = (step: number): void => {
    const next = index + step;
    if (next >= 0 && next < media.length) onMove(next);
  };
  return (
    <dialog
      ref={element}
      class="lightbox"
      aria-label={`Picture ${index + 1} of ${media.length}`}
      data-testid="lightbox"
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === element.current) onClose();
      }}
      onKeyDown={(event) => {
        if (event.key === 'ArrowRight') move(1);
        if (event.key === 'ArrowLeft') move(-1);
      }}
    >
      <img
        src={shown?.url}
        alt={shown?.alt_text ?? ''}
        onError={() => shown && void renewMedia(shown)}
      />
      <button type="button" class="icon-button lightbox-close" aria-label="Close" onClick={onClose}>
        <Icon name="close" />
      </button>
      {index > 0 && (
        <button
          type="button"
          class="icon-button lightbox-previous"
          aria-label="Previous picture"
          onClick={() => move(-1)}
        >
          <Icon name="back" />
        </button>
      )}
      {index < media.length - 1 && (
        <button
          type="button"
          class="icon-button lightbox-next"
          aria-label="Next picture"
          onClick={() => move(1)}
        >
          <Icon name="back" />
        </button>
      )}
      {shown?.alt_text && (
        <p class="lightbox-text" dir="auto">
          {shown.alt_text}
        </p>
      )}
    </dialog>
  );
}
