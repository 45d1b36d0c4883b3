import { firstFrame } from './frame';
import { request } from './http';
import { MEDIA_FIELDS } from './tweets';
import type { Answer, Data } from './types';

/** What one request carries: 4 MB is what fits through the API. */
const SEGMENT = 4 * 1024 * 1024;
const POLL_MS = 1000;
const TYPES: Record<string, string> = {
  'image/jpeg': 'tweet_image',
  'image/png': 'tweet_image',
  'image/webp': 'tweet_image',
  'image/gif': 'tweet_gif',
  'video/mp4': 'tweet_video',
  'video/quicktime': 'tweet_video',
};
export const ACCEPTED = Object.keys(TYPES).join(',');
export const MAX_PHOTOS = 4;

export const isPhoto = (file: File): boolean => TYPES[file.type] === 'tweet_image';

/** Why a choice of files cannot be attached, or null. */
export function refusal(files: File[]): string | null {
  if (files.some((file) => !(file.type in TYPES))) {
    return 'Only JPEG, PNG, WebP and GIF images and MP4 videos can be attached.';
  }
  if (files.length > 1 && !files.every(isPhoto)) {
    return 'A tweet takes up to four photos, or one GIF, or one video.';
  }
  return files.length > MAX_PHOTOS ? `A tweet takes up to ${MAX_PHOTOS} photos.` : null;
}

/**
 * Sends a file, straight to the bucket where that can be reached, and waits until it is
 * ready; resolves to its media id. `onProgress` gets the share that has been sent, 0 to 1.
 */
export async function uploadMedia(
  file: File,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<string> {
  const begun = await request<Answer<'/1/media', 'post'>>('/1/media', {
    method: 'POST',
    json: { media_type: file.type, media_category: TYPES[file.type], total_bytes: file.size },
    signal,
  });
  const path = `/2/media/upload/${begun.data.id}`;
  if (!(await sendForm(begun.data, file, onProgress, signal))) {
    await sendSegments(path, file, onProgress, signal);
  }
  let { data } = await request<Answer<'/2/media/upload/{id}/finalize', 'post'>>(
    `${path}/finalize`,
    { method: 'POST', signal },
  );
  while (data.processing_info && data.processing_info.state !== 'succeeded') {
    if (data.processing_info.state === 'failed') {
      throw new UploadError(data.processing_info.error?.message ?? 'The file cannot be shown.');
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    ({ data } = await request<Answer<'/2/media/upload', 'get'>>('/2/media/upload', {
      query: { command: 'STATUS', media_id: data.id },
      signal,
    }));
  }
  if (file.type.startsWith('video/')) await sendPoster(data.id, file, signal);
  return data.id;
}

/** Whether the bucket took the file; a network or browser between may not let it through. */
function sendForm(
  // A form that S3 takes for exactly the announced bytes.
  to: Data<'/1/media', 'post'>,
  file: File,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<boolean> {
  const body = new FormData();
  for (const [name, value] of Object.entries(to.upload_fields)) body.set(name, value);
  body.set('file', file);
  return new Promise((resolve, reject) => {
    const sender = new XMLHttpRequest();
    sender.upload.onprogress = ({ loaded }) => onProgress(Math.min(1, loaded / file.size));
    sender.onload = () => resolve(sender.status >= 200 && sender.status < 300);
    sender.onerror = () => resolve(false);
    sender.onabort = () => reject(new DOMException('Aborted', 'AbortError'));
    signal.addEventListener('abort', () => sender.abort(), { once: true });
    sender.open('POST', to.upload_url);
    sender.send(body);
  });
}

async function sendSegments(
  path: string,
  file: File,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<void> {
  for (let start = 0; start < file.size; start += SEGMENT) {
    const body = new FormData();
    body.set('segment_index', String(start / SEGMENT));
    body.set('media', file.slice(start, start + SEGMENT), 'segment');
    await request(`${path}/append`, { method: 'POST', upload: body, signal });
    onProgress(Math.min(1, (start + SEGMENT) / file.size));
  }
}

/** A video without a poster is shown all the same, so nothing here is an error. */
async function sendPoster(id: string, file: File, signal: AbortSignal): Promise<void> {
  try {
    const frame = await firstFrame(file);
    if (!frame) return;
    const body = new FormData();
    body.set('media', frame, 'poster.jpg');
    await request(`/1/media/${id}/poster`, { method: 'POST', upload: body, signal });
  } catch {
    // A transcoder made one already, or this browser does not decode the video.
  }
}

/** The server looked at the file and refused it; the message is fit to be shown. */
export class UploadError extends Error {}

export async function describeMedia(id: string, text: string): Promise<void> {
  await request('/2/media/metadata', {
    method: 'POST',
    json: { id, metadata: { alt_text: { text } } },
  });
}

export const fetchMedia = (key: string): Promise<Answer<'/2/media/{id}', 'get'>> =>
  request(`/2/media/${key}`, { query: { 'media.fields': MEDIA_FIELDS } });
