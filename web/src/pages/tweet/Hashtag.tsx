import { EmptyState } from '../../components/ui/Feedback';
import { PageHeader } from '../../components/ui/PageHeader';
import { searchPath } from '../../lib/paths';
import { useTitle } from '../../state/hooks';

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // A percent sign that encodes nothing, typed into the address.
  }
}

/** Hashtags and cashtags in tweets lead here, and their public pages after a login. */
export function HashtagPage({ tag }: { tag: string }) {
  const given = decoded(tag);
  const name = given.startsWith('$') ? given : `#${given}`;
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
