import { fetchMedia } from '../api/media';
import type { Media } from '../api/types';
import { mediaRef } from './store';

/** Whether the signed address of protected media is past its end: a page may be open for hours. */
function ended(media: Media): boolean {
  const address = media.url ?? media.variants?.[0]?.url;
  const end = address && new URL(address, location.href).searchParams.get('e');
  return Boolean(end) && Number(end) * 1000 <= Date.now();
}

const renewing = new Set<string>();

/** For media that did not load: asks for new addresses where the old ones have ended. */
export async function renewMedia(media: Media): Promise<void> {
  const key = media.media_key;
  if (!ended(media) || renewing.has(key)) return;
  renewing.add(key);
  try {
    const { data } = await fetchMedia(key);
    if (data) mediaRef(key).value = data;
  } catch {
    // It stays as it is: not to be seen any more, or not to be reached at the moment.
  } finally {
    renewing.delete(key);
  }
}
