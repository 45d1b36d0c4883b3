import { useEffect, useState } from 'preact/hooks';
import type { Media } from '../../api/types';
import { renewMedia } from '../../state/media';
import { mediaRef } from '../../state/store';
import { Lightbox } from './Lightbox';

const sized = (media: Media, name: string): string | undefined =>
  media.variants?.find((one) => one.url?.includes(`/${name}.`))?.url ?? media.url;

/** The server's picture of a video that it knows nothing of: the first frame says more. */
const DRAWN = /\/poster\.drawn\.\w+$/;

function Player({ media }: { media: Media }) {
  const source = media.variants?.[0];
  return (
    // biome-ignore lint/a11y/useMediaCaption: a video has the subtitles that its author added
    <video
      // A new address takes a new element: the old one does not look at its sources again.
      key={source?.url}
      class="media-video"
      controls
      playsInline
      preload="metadata"
      poster={DRAWN.test(media.preview_image_url ?? '') ? undefined : media.preview_image_url}
      width={media.width}
      height={media.height}
      aria-label={media.alt_text ?? 'Video'}
      data-testid="media-video"
    >
      <source
        src={source?.url}
        type={source?.content_type}
        onError={() => void renewMedia(media)}
      />
      {media.subtitles?.map((one) => (
        <track
          key={one.language_code}
          kind="subtitles"
          src={one.url}
          srclang={one.language_code.toLowerCase()}
          label={one.display_name ?? one.language_code}
        />
      ))}
    </video>
  );
}

/** A GIF moves only as long as the system does not ask for less motion. */
function Gif({ media }: { media: Media }) {
  const [calm, setCalm] = useState(() => matchMedia('(prefers-reduced-motion: reduce)').matches);
  useEffect(() => {
    const query = matchMedia('(prefers-reduced-motion: reduce)');
    const changed = (): void => setCalm(query.matches);
    query.addEventListener('change', changed);
    return () => query.removeEventListener('change', changed);
  }, []);
  return (
    <img
      class="media-gif"
      src={calm ? media.preview_image_url : media.variants?.[0]?.url}
      alt={media.alt_text ?? 'Animated picture'}
      width={media.width}
      height={media.height}
      loading="lazy"
      onError={() => void renewMedia(media)}
      data-testid="media-gif"
    />
  );
}

/** The media of a tweet: a grid of one to four photos, a GIF or a video. */
export function MediaGallery({ keys }: { keys: string[] }) {
  const [open, setOpen] = useState<number | null>(null);
  const media = keys.map((key) => mediaRef(key).value).filter((one) => one !== undefined);
  const [first] = media;
  if (!first) return null;
  if (first.type === 'video') return <Player media={first} />;
  if (first.type === 'animated_gif') return <Gif media={first} />;
  return (
    <>
      <div class={`gallery gallery-${media.length}`} data-testid="gallery">
        {media.map((one, index) => (
          <button
            key={one.media_key}
            type="button"
            aria-label={`Open ${one.alt_text ?? `picture ${index + 1} of ${media.length}`}`}
            onClick={() => setOpen(index)}
          >
            <img
              src={sized(one, media.length === 1 ? 'medium' : 'small')}
              alt={one.alt_text ?? ''}
              width={one.width}
              height={one.height}
              loading="lazy"
              onError={() => void renewMedia(one)}
            />
          </button>
        ))}
      </div>
      {open !== null && (
        <Lightbox media={media} index={open} onMove={setOpen} onClose={() => setOpen(null)} />
      )}
    </>
  );
}
