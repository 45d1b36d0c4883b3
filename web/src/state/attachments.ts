import { type Signal, signal } from '@preact/signals';
import { errorText } from '../api/http';
import { describeMedia, refusal, UploadError, uploadMedia } from '../api/media';

/** One file beside a tweet that is being written. */
export interface Attachment {
  file: File;
  preview: string;
  alt: string;
  progress: number;
  mediaId?: string;
  error?: string;
  abort: AbortController;
}

/** The files of one composer: they are sent while the text is still being written. */
export class Attachments {
  readonly list: Signal<Attachment[]> = signal([]);
  readonly problem: Signal<string | null> = signal(null);

  get ready(): boolean {
    return this.list.value.every((one) => one.mediaId !== undefined);
  }

  add(files: File[]): void {
    const wrong = refusal([...this.list.peek().map((one) => one.file), ...files]);
    this.problem.value = wrong;
    if (wrong) return;
    for (const file of files) {
      const one: Attachment = {
        file,
        preview: URL.createObjectURL(file),
        alt: '',
        progress: 0,
        abort: new AbortController(),
      };
      this.list.value = [...this.list.peek(), one];
      void this.send(one.preview, one);
    }
  }

  private async send(key: string, { file, abort }: Attachment): Promise<void> {
    try {
      const mediaId = await uploadMedia(
        file,
        (progress) => this.patch(key, { progress }),
        abort.signal,
      );
      this.patch(key, { mediaId, progress: 1 });
    } catch (cause) {
      const error = cause instanceof UploadError ? cause.message : errorText(cause);
      this.patch(key, { error });
    }
  }

  patch(key: string, change: Partial<Attachment>): void {
    this.list.value = this.list
      .peek()
      .map((one) => (one.preview === key ? { ...one, ...change } : one));
  }

  remove(key: string): void {
    const gone = this.list.peek().find((one) => one.preview === key);
    gone?.abort.abort();
    URL.revokeObjectURL(key);
    this.list.value = this.list.peek().filter((one) => one !== gone);
    this.problem.value = null;
  }

  clear(): void {
    for (const one of this.list.peek()) this.remove(one.preview);
  }

  /** Stores the descriptions and returns the media ids, in order. */
  async finish(): Promise<string[]> {
    const ready = this.list.peek().filter((one) => one.mediaId !== undefined);
    await Promise.all(
      ready.map((one) => one.alt.trim() && describeMedia(one.mediaId ?? '', one.alt.trim())),
    );
    return ready.map((one) => one.mediaId ?? '');
  }
}
