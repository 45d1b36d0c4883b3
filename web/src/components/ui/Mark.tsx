/** The rook: the same drawing as the favicon, on colours that follow the theme. */
export function Mark({ size = 36 }: { size?: number }) {
  return (
    <svg class="mark" width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect class="mark-ground" width="32" height="32" rx="9" />
      <path
        class="mark-bird"
        d="M3.5 26.5 8.3 17C9.8 11 13.6 7 18.3 7c3.2 0 5.5 2.2 5.5 5.4 0 7-4.3 11.6-11 11.6H8.5z"
      />
      <path class="mark-beak" d="M23 9.2 29.5 13.2 23.6 14.6z" />
      <path class="mark-wing" d="M9.8 19.8c3.6.3 6.7-1.4 8.2-4.6" />
      <circle class="mark-eye" cx="19.6" cy="11.2" r="1.25" />
    </svg>
  );
}
