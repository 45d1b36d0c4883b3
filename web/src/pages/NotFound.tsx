import { EmptyState } from '../components/ui/Feedback';
import { PageHeader } from '../components/ui/PageHeader';
import { useTitle } from '../state/hooks';
import { me } from '../state/session';

export function NotFoundPage() {
  useTitle('Not found');
  return (
    <>
      {me.value && <PageHeader title="Not found" back />}
      <EmptyState icon="feather" title="This branch is empty">
        <p>The page you were looking for does not exist, or has flown away.</p>
        <a class="button button-primary" href="/">
          Back to the nest
        </a>
      </EmptyState>
    </>
  );
}
