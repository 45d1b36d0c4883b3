import { closeComposer, composing } from '../../state/compose';
import { Dialog } from '../ui/Dialog';
import { Composer } from './Composer';

export function ComposeDialog() {
  const request = composing.value;
  if (!request) return null;
  return (
    <Dialog
      title={request.quote ? 'Quote tweet' : 'New tweet'}
      onClose={closeComposer}
      testId="compose-dialog"
    >
      <Composer
        label={request.quote ? 'Your comment' : 'Tweet text'}
        placeholder={request.quote ? 'Add a comment' : 'What’s the caw?'}
        submit="Tweet"
        quote={request.quote}
        focus
        onPosted={closeComposer}
      />
    </Dialog>
  );
}
