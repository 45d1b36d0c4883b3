import { useEffect, useId, useRef } from 'preact/hooks';
import { Icon } from '../ui/Icon';

/** A field for the names of people; what it leads to is up to the page around it. */
export function SearchBox({
  value,
  onInput,
  onSearch,
  focus = false,
}: {
  value: string;
  onInput: (text: string) => void;
  /** On Enter. */
  onSearch: () => void;
  focus?: boolean;
}) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (focus) field.current?.focus();
  }, [focus]);
  return (
    <form
      class="find"
      role="search"
      data-testid="find-form"
      onSubmit={(event) => {
        event.preventDefault();
        onSearch();
      }}
    >
      <label class="visually-hidden" for={id}>
        Search people by name or username
      </label>
      <span class="find-field">
        <Icon name="search" />
        <input
          ref={field}
          id={id}
          type="search"
          dir="auto"
          enterkeyhint="search"
          value={value}
          maxLength={50}
          placeholder="Search people"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          data-testid="find-text"
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      </span>
    </form>
  );
}
