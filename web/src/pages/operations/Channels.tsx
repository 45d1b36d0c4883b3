import { fetchChannels, fetchStatistics } from '../../api/notify/operations';
import type { ChannelState, ChannelStatistics } from '../../api/types';
import { Loading } from '../../components/notify/Loading';
import { formatCount } from '../../lib/format';
import { useLoaded } from '../../state/load';

const BREAKERS: Record<ChannelState['breaker'], string> = {
  closed: 'Working',
  open: 'Paused after failures',
  half_open: 'Trying again',
};
const COUNTS = ['accepted', 'sent', 'delivered', 'failed', 'retried'] as const;

const duration = (ms: number): string => (ms < 10_000 ? `${ms} ms` : `${Math.round(ms / 1000)} s`);

async function read(): Promise<[ChannelState[], ChannelStatistics[]]> {
  return Promise.all([fetchChannels(), fetchStatistics()]);
}

/** Numbers of each channel in the last day, and how its provider does. */
export function Channels() {
  const loaded = useLoaded(read);
  return (
    <Loading loaded={loaded}>
      {([states, numbers]) =>
        numbers.map((one) => {
          const state = states.find((found) => found.channel === one.channel);
          return (
            <section key={one.channel} class="settings-card" data-testid={`channel-${one.channel}`}>
              <h2>{one.channel}</h2>
              {state && (
                <p class="muted">
                  {state.adapter ?? 'No provider'} · {BREAKERS[state.breaker]}
                  {one.latency_ms !== undefined && ` · ${duration(one.latency_ms)} on average`}
                </p>
              )}
              <dl class="figures">
                {COUNTS.map((kind) => (
                  <div key={kind} class={kind === 'failed' && one.failed > 0 ? 'figure-bad' : ''}>
                    <dt>{kind}</dt>
                    <dd>{formatCount(one[kind])}</dd>
                  </div>
                ))}
              </dl>
              {state?.last_error && <p class="case-facts">Last error: {state.last_error}</p>}
            </section>
          );
        })
      }
    </Loading>
  );
}
