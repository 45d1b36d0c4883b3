const PATIENCE_MS = 5000;
const LONGEST_SIDE = 1200;

function event(target: EventTarget, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    target.addEventListener(name, () => resolve(), { once: true });
    target.addEventListener('error', () => reject(new Error(name)), { once: true });
    setTimeout(() => reject(new Error(name)), PATIENCE_MS);
  });
}

/** An early frame of a video as a JPEG; the very first one is often black. */
export async function firstFrame(file: File): Promise<Blob | null> {
  const video = document.createElement('video');
  const address = URL.createObjectURL(file);
  try {
    video.muted = true;
    video.preload = 'auto';
    video.src = address;
    await event(video, 'loadeddata');
    const found = event(video, 'seeked');
    video.currentTime = Math.min(1, video.duration / 4);
    await found;
    const scale = Math.min(1, LONGEST_SIDE / Math.max(video.videoWidth, video.videoHeight));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(video.videoWidth * scale));
    canvas.height = Math.max(1, Math.round(video.videoHeight * scale));
    canvas.getContext('2d')?.drawImage(video, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.85));
  } finally {
    video.removeAttribute('src');
    URL.revokeObjectURL(address);
  }
}
