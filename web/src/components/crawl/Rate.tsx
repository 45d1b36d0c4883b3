import { useEffect, useState } from 'preact/hooks';
import type { Crawl } from '../../api/types';

const SAMPLES = 60;
const WIDTH = 240;
const HEIGHT = 40;

interface Sample {
  at: number;
  done: number;
}

/** Pages per second between each two samples. */
export function ratesOf(samples: Sample[]): number[] {
  return samples.slice(1).map((sample, index) => {
    const before = samples[index] as Sample;
    return Math.max(0, sample.done - before.done) / Math.max(0.001, (sample.at - before.at) / 1000);
  });
}

/** Pages per second while somebody looks, as a line. */
export function CrawlRate({ crawl }: { crawl: Crawl }) {
  const [samples, setSamples] = useState<Sample[]>([]);
  const done = crawl.stats.fetched + crawl.stats.failed + crawl.stats.skipped;
  // Each answer is an object of its own, so a page that stands still is a sample too.
  useEffect(() => {
    setSamples((old) => [...old.slice(1 - SAMPLES), { at: Date.now(), done }]);
  }, [crawl]);
  const rates = ratesOf(samples);
  const latest = rates.at(-1);
  if (latest === undefined) return null;
  const most = Math.max(1, ...rates);
  const step = WIDTH / Math.max(1, rates.length - 1);
  const points = rates
    .map((rate, index) => `${index * step},${HEIGHT - (rate / most) * HEIGHT}`)
    .join(' ');
  return (
    <figure class="crawl-rate" data-testid="crawl-rate">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        <polyline points={points} />
      </svg>
      <figcaption class="muted">{latest.toFixed(1)} pages per second</figcaption>
    </figure>
  );
}
