import { findLinks } from './links';

/** Lengths and validity of a tweet's text, by the same rules as the server's. */

export const TWEET_LIMIT = 280;
/** Of verified accounts. */
export const LONG_TWEET_LIMIT = 25_000;
/** A link counts the same however long it is, as on X. */
const LINK_WEIGHT = 23;
const EMOJI_WEIGHT = 2;
/** An emoji with its selector or skin tone. */
const BASE =
  '[\\u00a9\\u00ae\\u203c\\u2049\\u2122\\u2139\\u2194-\\u21aa\\u231a-\\u23ff\\u24c2\\u25aa-\\u27bf' +
  '\\u2934\\u2935\\u2b05-\\u2b55\\u3030\\u303d\\u3297\\u3299\\u{1f000}-\\u{1faff}]' +
  '[\\ufe0f\\u{1f3fb}-\\u{1f3ff}]?';
/** Flags, keycaps, flags of regions, and up to four emoji joined to one. */
const EMOJI = new RegExp(
  '[\\u{1f1e6}-\\u{1f1ff}]{2}|[#*0-9]\\ufe0f?\\u20e3' +
    '|\\u{1f3f4}[\\u{e0030}-\\u{e0039}\\u{e0061}-\\u{e007a}]{2,6}\\u{e007f}' +
    `|${BASE}(?:\\u200d${BASE}){0,3}`,
  'gu',
);
/** Code points that count one; all others, such as Chinese and Japanese, count two. */
const SINGLE = [
  [0, 4351],
  [8192, 8205],
  [8208, 8223],
  [8242, 8247],
] as const;
/** Characters that show nothing: white space, marks alone, fillers, an empty Braille cell. */
const BLANK = /^[\s\p{Cf}\p{Mn}\p{Me}\u115f\u1160\u3164\uffa0\u2800]*$/u;
const FORBIDDEN = /[\p{Cs}\ufffe\uffff\ufeff]|(?![\n\r\t])\p{Cc}/u;

/** Said where a text holds what no tweet may; the server answers the same. */
export const FORBIDDEN_TEXT = 'The text holds characters that are not allowed.';

function plainWeight(text: string): number {
  let units = 0;
  for (const sign of text) {
    const code = sign.codePointAt(0) ?? 0;
    units += SINGLE.some(([low, high]) => code >= low && code <= high) ? 1 : 2;
  }
  return units;
}

/**
 * The length that counts against the limit, by X's weights: a link 23, an emoji 2. White space
 * at the ends counts; the server takes it off.
 */
export function weightedLength(text: string): number {
  const shown = text.normalize('NFC');
  const spans = [
    ...findLinks(shown).map((link) => ({ ...link, units: LINK_WEIGHT })),
    ...[...shown.matchAll(EMOJI)]
      // Signs that are text unless a selector follows; as text they weigh one.
      .filter((match) => !/^[©®]$/.test(match[0]))
      .map((match) => ({
        start: match.index,
        end: match.index + match[0].length,
        units: EMOJI_WEIGHT,
      })),
  ].sort((a, b) => a.start - b.start || a.end - b.end);
  let units = 0;
  let at = 0;
  for (const span of spans) {
    if (span.start < at) continue;
    units += plainWeight(shown.slice(at, span.start)) + span.units;
    at = span.end;
  }
  return units + plainWeight(shown.slice(at));
}

/** The limit of an author's texts. */
export const tweetLimit = (author: { verified?: boolean } | null | undefined): number =>
  author?.verified ? LONG_TWEET_LIMIT : TWEET_LIMIT;

/** Why a text cannot be a tweet, or null if it can. */
export function textProblem(
  text: string,
  limit: number = TWEET_LIMIT,
): 'blank' | 'characters' | 'length' | null {
  if (BLANK.test(text)) return 'blank';
  if (FORBIDDEN.test(text)) return 'characters';
  return weightedLength(text.trim()) > limit ? 'length' : null;
}
