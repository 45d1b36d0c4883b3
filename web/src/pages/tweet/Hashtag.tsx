import { EmptyState } from '../../components/ui/Feedback';
import { PageHeader } from '../../components/ui/PageHeader';
import { searchPath } from '../../lib/paths';
import { useTitle } from '../../state/hooks';

/** Public pages of hashtags lead here after a login. */
export function HashtagPage({ tag }: { tag: string }) {
  const name = `#${decodeURIComponent(tag)}`;
  useTitle(name);
  return (
    <>
      <PageHeader title={name} back />
      <EmptyState icon="search" title="Tweets cannot be searched yet">
        <a class="button" href={searchPath()}>
          Search people
        </a>
      </EmptyState>
    </>
  );
}
