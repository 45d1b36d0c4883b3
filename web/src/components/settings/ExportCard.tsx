import { useEffect, useState } from 'preact/hooks';
import { errorText } from '../../api/http';
import { fetchExport, fetchExports, requestExport } from '../../api/settings';
import type { DataExport } from '../../api/types';
import { usePolling } from '../../state/hooks';
import { showToast } from '../../state/toasts';
import { Field } from '../ui/Field';
import { ActionForm, Card } from '../ui/Form';

const POLL_EVERY = 5000;
const WORDS: Record<DataExport['status'], string> = {
  running: 'Your archive is being made. You can stay here, or wait for the notification.',
  ready: 'Your archive is ready.',
  failed: 'The archive could not be made. Please ask for it again later.',
  expired: 'The archive has been deleted. Please ask for a new one.',
};

/**
 * A copy of everything. A click asks for the link, which is good for minutes only and counts
 * as a download.
 */
export function ExportCard() {
  const [job, setJob] = useState<DataExport | null>(null);
  const [password, setPassword] = useState('');
  const running = job?.status === 'running';
  const look = async (): Promise<void> => setJob((await fetchExports())[0] ?? null);
  usePolling(look, POLL_EVERY, running);

  // One that was asked for earlier, or on another device.
  useEffect(() => {
    fetchExports().then(
      (found) => setJob((shown) => shown ?? found[0] ?? null),
      () => undefined,
    );
  }, []);

  const ask = async (): Promise<void> => {
    await requestExport(password);
    setPassword('');
    await look();
    showToast('Your archive is being made.');
  };
  const download = async ({ id }: DataExport): Promise<void> => {
    try {
      const { url } = await fetchExport(id);
      if (url) window.location.assign(url);
    } catch (cause) {
      showToast(errorText(cause), 'error');
    }
  };
  return (
    <Card
      title="Your data"
      text="A zip with everything Rookery keeps about you. Twice a day at most."
    >
      {job && (
        <div class="settings-note" role="status" data-testid="export-state" data-state={job.status}>
          <p>{WORDS[job.status]}</p>
          {job.status === 'ready' && (
            <button type="button" class="button button-primary" onClick={() => download(job)}>
              Download
            </button>
          )}
        </div>
      )}
      {!running && (
        <ActionForm
          action={ask}
          label="Ask for my data"
          disabled={!password}
          testId="settings-export"
        >
          <Field
            label="Your password"
            type="password"
            value={password}
            onChange={setPassword}
            autocomplete="current-password"
            required
          />
        </ActionForm>
      )}
    </Card>
  );
}
