import { hostEnd } from './domains';

/**
 * Links in a text, found as the server finds them (shared/text/links.py), which goes by
 * twitter-text's rules. Both pass the cases in tests/data/twitter_text.json.
 */

/** Part of a text from `start` to before `end`, in UTF-16 units. */
export interface Link {
  start: number;
  end: number;
}

const ACCENTED =
  '\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u024f\\u0253\\u0254\\u0256\\u0257\\u0259\\u025b\\u0263' +
  '\\u0268\\u026f\\u0272\\u0289\\u028b\\u02bb\\u0300-\\u036f\\u1e00-\\u1eff';
const SPACES =
  '\\t-\\r \\u0085\\u00a0\\u1680\\u180e\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const DIRECTIONS = '\\u202a-\\u202e\\u061c\\u200e\\u200f\\u2066-\\u2069';
const NOT_IN_HOSTS = '!\'#%&()*+,\\\\/:;<=>?@[\\]^{|}~$"';
/** Labels of hosts, and the dots, hyphens and underscores between them. */
const RUN = new RegExp(`[^${NOT_IN_HOSTS}${SPACES}${DIRECTIONS}\\ufffe\\ufeff\\uffff]+`, 'g');
const SCHEME = /(?:^|[^A-Za-z0-9@＠$#＃])(https?:\/\/)$/i;
/** Without a scheme, only hosts in ASCII and accented letters count. */
const PLAIN = `[-a-z0-9${ACCENTED}]`;
const PLAIN_HOST = new RegExp(`(?<!${PLAIN})(?:${PLAIN}+\\.)+`, 'gi');
const NO_LINK_AFTER = '@＠$#＃-_./\ufffe\ufeff\uffff';
const PORT = /:[0-9]+/y;
const GENERAL = `[a-z\\u0400-\\u04ff0-9!*';:=+,.$/%#\\[\\]\\-\\u2013_~@|&${ACCENTED}]`;
const PARENTHESES = `\\((?:${GENERAL}+(?:\\(${GENERAL}+\\)${GENERAL}*)?|\\(${GENERAL}+\\)${GENERAL}*)\\)`;
const ENDING = `[+\\-a-z\\u0400-\\u04ff0-9=_#/${ACCENTED}]`;
const PATH = new RegExp(`/(?:(?:${GENERAL}|${PARENTHESES})*(?:${ENDING}|${PARENTHESES}))?`, 'iy');
const QUERY_PATTERN = "\\?[a-z0-9!?*'@();:&=+$/%#\\[\\]\\-_.,~|]*[a-z0-9\\-_&=#/]";
const QUERY = new RegExp(QUERY_PATTERN, 'iy');
/** X's own short links take no further path. */
const SHORT = new RegExp(`^https?://t\\.co/([a-z0-9]+)(?:${QUERY_PATTERN})?`, 'i');
const MAX_SLUG = 40;
const NUMBERS = /(?:localhost|[0-9]{1,3}(?:\.[0-9]{1,3}){3})(?![\p{L}\p{N}_.-])/iuy;
const LONGEST_URL = 4096;

/** Where a match of a sticky pattern at `at` ends, if there is one. */
function endOf(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

/** Where a link ends whose host (and port) ends at `end`. */
function tail(text: string, end: number): number {
  const path = endOf(PATH, text, end) ?? end;
  return endOf(QUERY, text, path) ?? path;
}

/** Links in order; punctuation that closes a sentence is not part of them. */
export function findLinks(text: string): Link[] {
  const found: Link[] = [];
  if (!text.includes('.') && !text.includes('://')) return found;
  const note = (start: number, end: number): void => {
    // Code points, as on the server; they differ only where a link holds an emoji.
    if ([...text.slice(start, end)].length <= LONGEST_URL) found.push({ start, end });
  };
  let position = 0;
  for (;;) {
    RUN.lastIndex = position;
    const run = RUN.exec(text);
    if (!run) return found;
    const start = run.index;
    const end = start + run[0].length;
    const scheme = SCHEME.exec(text.slice(Math.max(0, start - 9), start))?.[1];
    if (scheme) {
      position = withScheme(text, start - scheme.length, start, end, note);
      continue;
    }
    position = start;
    while (position < end) position = withoutScheme(text, position, end, note);
  }
}

type Note = (start: number, end: number) => void;

/** Notes the link whose host begins at `host`; returns where to go on reading. */
function withScheme(text: string, start: number, host: number, runEnd: number, note: Note): number {
  const hostStop = hostEnd(text, host, runEnd, true) ?? endOf(NUMBERS, text, host);
  if (hostStop === undefined) return runEnd;
  const end = tail(text, endOf(PORT, text, hostStop) ?? hostStop);
  const short = SHORT.exec(text.slice(start, end));
  if (!short) {
    note(start, end);
    return end;
  }
  const shortEnd = start + short[0].length;
  if ((short[1] ?? '').length <= MAX_SLUG) note(start, shortEnd);
  return shortEnd;
}

/** Notes the first link without a scheme in a run of host characters; returns where to go on. */
function withoutScheme(text: string, from: number, runEnd: number, note: Note): number {
  PLAIN_HOST.lastIndex = from;
  const plain = PLAIN_HOST.exec(text.slice(0, runEnd));
  if (!plain) return runEnd;
  const start = plain.index;
  const stop = start + plain[0].length;
  const open = start === 0 || !NO_LINK_AFTER.includes(text.charAt(start - 1));
  const end = open ? hostEnd(text, start, stop, false) : undefined;
  if (end === undefined) return stop;
  const path = endOf(PORT, text, end) ?? end;
  // Only a path takes port and query along.
  const linkEnd = text.startsWith('/', path) ? tail(text, path) : end;
  note(start, linkEnd);
  return linkEnd;
}
