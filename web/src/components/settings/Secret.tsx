import { showToast } from '../../state/toasts';
import { Icon } from '../ui/Icon';

/** Something to be kept elsewhere: selectable as a whole, with a button that copies it. */
export function Secret({ label, value }: { label: string; value: string }) {
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(value);
      showToast(`${label} copied.`);
    } catch {
      showToast('The browser does not allow copying; select the text instead.', 'error');
    }
  };
  return (
    <div class="secret">
      <span class="secret-label">{label}</span>
      <code data-testid={`secret-${label.toLowerCase().replaceAll(' ', '-')}`}>{value}</code>
      <button
        type="button"
        class="icon-button"
        aria-label={`Copy ${label}`}
        title="Copy"
        onClick={() => void copy()}
      >
        <Icon name="copy" size={18} />
      </button>
    </div>
  );
}
