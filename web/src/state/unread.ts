import { signal } from '@preact/signals';

/** How many notifications wait unread, for the badge in the navigation and the title. */
export const unread = signal(0);
