import type { Entities, UrlEntity } from '../../api/types';
import { hashtagPath } from '../paths';

export type Segment =
  | { kind: 'text'; text: string }
  | { kind: 'url'; text: string; href: string }
  | { kind: 'mention'; text: string; username: string }
  | { kind: 'tag'; text: string; href: string };

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
  return { kind: 'url', text: entity.display_url, href };
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
      make: (t: string): Segment => ({ kind: 'tag', text: t, href: hashtagPath(e.tag) }),
    })),
    ...(entities?.cashtags ?? []).map((e) => ({
      start: e.start,
      end: e.end,
      make: (t: string): Segment => ({ kind: 'tag', text: t, href: hashtagPath(`$${e.tag}`) }),
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
