import list from '../../../../shared/text/tlds.txt?raw';

const KNOWN = new Set(list.split(/\s+/));
const LONGEST = Math.max(
  ...[...KNOWN].filter((one) => /\P{ASCII}/u.test(one)).map((one) => one.length),
);
/** Names that RFC 2606 reserves, so that links to a local platform are links too. */
const RESERVED = new Set(['example', 'invalid', 'localhost', 'test']);
const LABEL = /[-0-9a-z]+/iy;
const LONGEST_HOST = 253;
const LONGEST_LABEL = 63;

function labelAt(text: string, at: number): string | undefined {
  LABEL.lastIndex = at;
  return LABEL.exec(text)?.[0];
}

/** Where the top-level domain ends that begins at `start`, if there is one. */
function topLevelEnd(text: string, start: number, reserved: boolean): number | undefined {
  const label = labelAt(text, start);
  if (label) {
    const name = label.toLowerCase();
    const after = text.charAt(start + label.length);
    const fits = KNOWN.has(name) || name.startsWith('xn--') || (reserved && RESERVED.has(name));
    if (fits && after !== '@' && after !== '+') return start + label.length;
  }
  for (let end = Math.min(start + LONGEST, text.length); end > start; end -= 1) {
    const name = text.slice(start, end).toLowerCase();
    if (/\P{ASCII}/u.test(name) && KNOWN.has(name) && !labelAt(text, end)) return end;
  }
  return undefined;
}

/** True if a host can be one in DNS: no label over 63 octets. */
function fitsDns(host: string): boolean {
  let encoded = host;
  if (/\P{ASCII}/u.test(host)) {
    try {
      encoded = new URL(`http://${host}`).hostname;
    } catch {
      return false;
    }
  }
  return (
    encoded.length <= LONGEST_HOST &&
    encoded.split('.').every((label) => label !== '' && label.length <= LONGEST_LABEL)
  );
}

/**
 * Where the longest host ends that begins at `start` and whose dots come before `stop`.
 * Offsets count UTF-16 units.
 */
export function hostEnd(
  text: string,
  start: number,
  stop: number,
  reserved: boolean,
): number | undefined {
  let end: number | undefined;
  let label = start;
  for (;;) {
    const dot = text.indexOf('.', label);
    if (dot < 0 || dot >= stop || dot - start > LONGEST_HOST) break;
    const name = text.slice(label, dot);
    if (name === '' || /^[-_]|[-_]$/.test(name)) break;
    // An underscore is for subdomains.
    if (!name.includes('_')) end = topLevelEnd(text, dot + 1, reserved) ?? end;
    label = dot + 1;
  }
  return end !== undefined && fitsDns(text.slice(start, end)) ? end : undefined;
}
