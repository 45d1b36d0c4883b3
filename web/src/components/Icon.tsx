/** Line icons on a 24 px grid, drawn for Rookery. */
const shapes = {
  home: 'M3.5 11 12 4l8.5 7M6 9.2V20h12V9.2M10 20v-5.5h4V20',
  bell: 'M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15zM10 20.5h4',
  web: 'M12 3v18M3 12h18M5.6 5.6l12.8 12.8M18.4 5.6 5.6 18.4M12 7.5l3.2 1.3L16.5 12l-1.3 3.2L12 16.5l-3.2-1.3L7.5 12l1.3-3.2z',
  user: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4.5 20.5c.8-4 3.8-6 7.5-6s6.7 2 7.5 6',
  feather: 'M20 4c-7 0-12 4-13.5 12L5 20M20 4c0 7-4 11.5-11.5 12M9.5 12.5H14M11.5 9.5H17',
  reply: 'M4 11.5a7.5 6.8 0 0 1 7.5-6.8h1A7.5 6.8 0 0 1 20 11.5c0 3.7-3.2 6.8-7.5 6.8-.9 0-1.7-.1-2.5-.3L5.5 20.5l.7-4.2A6.5 6.5 0 0 1 4 11.5z',
  retweet: 'M4 9l3.5-3.5L11 9M7.5 6v9.5a2 2 0 0 0 2 2H13M20 15l-3.5 3.5L13 15M16.5 18V8.5a2 2 0 0 0-2-2H11',
  quote: 'M10 7c-3 .6-4.5 2.8-4.5 6v4H10v-4.5H7.5M18.5 7c-3 .6-4.5 2.8-4.5 6v4h4.5v-4.5H16',
  heart: 'M12 20C7 16.5 3.5 13.2 3.5 9.3A4.6 4.6 0 0 1 8.1 4.7c1.6 0 3 .8 3.9 2.1.9-1.3 2.3-2.1 3.9-2.1a4.6 4.6 0 0 1 4.6 4.6C20.5 13.2 17 16.5 12 20z',
  trash: 'M5 7h14M10 7V4.5h4V7M7 7l.8 12.5h8.4L17 7M10.5 10.5v5.5M13.5 10.5v5.5',
  link: 'M10 14a4 4 0 0 0 5.7 0l3.2-3.2a4 4 0 0 0-5.7-5.7L12 6.3M14 10a4 4 0 0 0-5.7 0l-3.2 3.2a4 4 0 0 0 5.7 5.7l1.2-1.2',
  back: 'M20 12H5M11 5.5 4.5 12l6.5 6.5',
  close: 'M6 6l12 12M18 6 6 18',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4',
  moon: 'M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z',
  logout: 'M14 4.5H5.5v15H14M10 12h10.5M17 8.5l3.5 3.5-3.5 3.5',
  mail: 'M3.5 6h17v12.5h-17zM4 6.5l8 6.5 8-6.5',
  at: 'M12 15.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M15.5 8.5v5a2.5 2.5 0 0 0 5 0V12a8.5 8.5 0 1 0-3.5 6.9',
  pin: 'M12 21c-4-4.5-6-7.7-6-10.5a6 6 0 0 1 12 0C18 13.3 16 16.5 12 21zM12 12.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4',
  calendar: 'M4.5 6.5h15v13h-15zM4.5 10.5h15M8.5 4v4M15.5 4v4',
  lock: 'M6.5 10.5h11v9h-11zM9 10.5V8a3 3 0 0 1 6 0v2.5',
  up: 'M12 19.5V5M5.5 11.5 12 5l6.5 6.5',
  search: 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13M15.5 15.5l5 5',
  alert: 'M12 8v5M12 16.5v.1M12 3.5 2.8 19.5h18.4z',
} as const;

export type IconName = keyof typeof shapes;

/** Always decorative: the control around it carries the accessible name. */
export function Icon({ name, size = 20, filled = false }: {
  name: IconName;
  size?: number;
  filled?: boolean;
}) {
  return (
    <svg
      class={filled ? 'icon icon-filled' : 'icon'}
      width={size}
      height={size}
      viewBox="0 0 24 24"
      aria-hidden="true"
      focusable="false"
    >
      <path d={shapes[name]} />
    </svg>
  );
}
