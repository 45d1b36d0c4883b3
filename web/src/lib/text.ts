import type { Entities, UrlEntity } from '../api/types';

export const TWEET_LIMIT = 280;
/** A link counts the same however long it is, as on X. */
const URL_WEIGHT = 23;
/** Close to the server's rules, which know every top-level domain and have the last word. */
const URL_PATTERN =
  /https?:\/\/[^\s<>"]+|(?<![\w@$#./-])(?:[a-z0-9-]+\.)+(?:com|org|net|edu|gov|info|app|dev|[a-z]{2})(?![\w@+-])(?:\/[^\s<>"]*)?/gi;
const ONE_EMOJI = '\\p{Extended_Pictographic}[\\uFE0F\\p{Emoji_Modifier}]?';
const EMOJI = new RegExp(
  `\\p{Regional_Indicator}{2}|[#*0-9]\\uFE0F?\\u20E3|${ONE_EMOJI}(?:\\u200D${ONE_EMOJI}){0,3}`,
  'gu',
);
const EMOJI_WEIGHT = 2;
/** Code points that count one; all others, such as Chinese and Japanese, count two. */
const SINGLE = [
  [0, 4351],
  [8192, 8205],
  [8208, 8223],
  [8242, 8247],
] as const;

function weight(text: string): number {
  let units = 0;
  for (const sign of text) {
    const code = sign.codePointAt(0) ?? 0;
    units += SINGLE.some(([low, high]) => code >= low && code <= high) ? 1 : 2;
  }
  return units;
}

/** The length that counts against the limit, by X's weights: a link 23, an emoji 2. */
export function weightedLength(text: string): number {
  const shown = text.normalize('NFC').trim();
  const spans = [
    // Punctuation that ends a sentence is not part of a link.
    ...[...shown.matchAll(URL_PATTERN)].map((match) => ({
      start: match.index,
      end: match.index + match[0].replace(/[.,;:!?'")\]]+$/, '').length,
      units: URL_WEIGHT,
    })),
    ...[...shown.matchAll(EMOJI)]
      .filter((match) => !/^[©®]$/.test(match[0]))
      .map((match) => ({
        start: match.index,
        end: match.index + match[0].length,
        units: EMOJI_WEIGHT,
      })),
  ].sort((a, b) => a.start - b.start);
  let units = 0;
  let at = 0;
  for (const span of spans) {
    if (span.start < at) continue;
    units += weight(shown.slice(at, span.start)) + span.units;
    at = span.end;
  }
  return units + weight(shown.slice(at));
}

export type Segment =
  | { kind: 'text'; text: string }
  | { kind: 'url'; text: string; href: string }
  | { kind: 'mention'; text: string; username: string }
  | { kind: 'hashtag'; text: string };

interface Span {
  start: number;
  end: number;
  make: (text: string) => Segment;
}

/** Anything but http(s) is refused, so that a tweet can never carry a script link. */
export function safeHref(candidate: string | undefined, base?: string): string | null {
  if (!candidate) return null;
  try {
    const url = new URL(candidate, base);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : null;
  } catch {
    return null;
  }
}

function urlSegment(entity: UrlEntity, text: string): Segment {
  const href = safeHref(entity.expanded_url) ?? safeHref(entity.url);
  if (!href) return { kind: 'text', text };
  return { kind: 'url', text: entity.display_url ?? text, href };
}

/** Cuts a text along its entities, whose offsets count code points and not UTF-16 units. */
export function segments(text: string, entities: Entities | undefined): Segment[] {
  const spans: Span[] = [
    ...(entities?.urls ?? []).map((e) => ({
      start: e.start,
      end: e.end,
      make: (t: string) => urlSegment(e, t),
    })),
    ...(entities?.mentions ?? []).map((e) => ({
      start: e.start,
      end: e.end,
      make: (t: string): Segment => ({ kind: 'mention', text: t, username: e.username }),
    })),
    ...(entities?.hashtags ?? []).map((e) => ({
      start: e.start,
      end: e.end,
      make: (t: string): Segment => ({ kind: 'hashtag', text: t }),
    })),
  ].sort((a, b) => a.start - b.start);

  const points = [...text];
  const out: Segment[] = [];
  let at = 0;
  for (const span of spans) {
    // Overlapping or out-of-range entities would repeat or lose text.
    if (span.start < at || span.end > points.length || span.end <= span.start) continue;
    if (span.start > at) out.push({ kind: 'text', text: points.slice(at, span.start).join('') });
    out.push(span.make(points.slice(span.start, span.end).join('')));
    at = span.end;
  }
  if (at < points.length) out.push({ kind: 'text', text: points.slice(at).join('') });
  return out;
}
