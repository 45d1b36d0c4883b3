import { formatAbsolute, formatRelative } from '../../lib/format';
import { clock } from '../../state/hooks';

export function Time({ at, full = false }: { at: string; full?: boolean }) {
  const absolute = formatAbsolute(at);
  return (
    <time dateTime={at} title={absolute}>
      {full ? absolute : formatRelative(at, clock.value)}
    </time>
  );
}
