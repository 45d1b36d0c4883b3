import type { FunctionComponent } from 'preact';
import { PageHeader } from '../../components/ui/PageHeader';
import { useTitle } from '../../state/hooks';
import { isAdmin } from '../../state/roles';
import { NotFoundPage } from '../NotFound';
import { Channels } from './Channels';
import { Queues } from './Queues';
import { Suppressions } from './Suppressions';
import { Templates } from './Templates';
import { TimelineSearch } from './Timeline';

type Section = 'channels' | 'timeline' | 'templates' | 'queues' | 'suppressions';

const SECTIONS: Record<Section, { title: string; body: FunctionComponent }> = {
  channels: { title: 'Channels', body: Channels },
  timeline: { title: 'Timeline', body: TimelineSearch },
  templates: { title: 'Templates', body: Templates },
  queues: { title: 'Dead letters', body: Queues },
  suppressions: { title: 'Suppressions', body: Suppressions },
};

/** How deliveries of notifications do, for operators. */
export function OperationsPage({ section = 'channels' }: { section?: Section }) {
  useTitle('Operations');
  if (!isAdmin.value) return <NotFoundPage />;
  const Body = SECTIONS[section].body;
  return (
    <>
      <PageHeader title="Operations" />
      <nav class="tabs tabs-many" aria-label="Operations">
        {(Object.keys(SECTIONS) as Section[]).map((name) => (
          <a
            key={name}
            href={name === 'channels' ? '/operations' : `/operations/${name}`}
            aria-current={name === section ? 'page' : undefined}
            data-testid={`operations-${name}`}
          >
            {SECTIONS[name].title}
          </a>
        ))}
      </nav>
      <div class="settings">
        <Body />
      </div>
    </>
  );
}
