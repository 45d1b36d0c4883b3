import { useMemo } from 'preact/hooks';
import { encode } from 'uqr';

/** Drawn here, so that what it says is told to nobody. Black on white in either theme: cameras want that. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const { size, shape } = useMemo(() => {
    const code = encode(text, { ecc: 'M', border: 2 });
    const cells = code.data.flatMap((row, y) =>
      row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])),
    );
    return { size: code.size, shape: cells.join('') };
  }, [text]);
  return (
    <svg
      class="qr"
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={label}
      shape-rendering="crispEdges"
      data-testid="totp-qr"
    >
      <rect width={size} height={size} fill="#fff" />
      <path d={shape} fill="#000" />
    </svg>
  );
}
