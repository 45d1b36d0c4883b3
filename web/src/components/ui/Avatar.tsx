import { useState } from 'preact/hooks';
import type { User } from '../../api/types';
import { hueOf, initials } from '../../lib/format';

/** The address is that of the smallest size; the others have their names in its place. */
function pictureOf(url: string | undefined, size: number): string | undefined {
  return url?.replace(/_normal(?=\.\w+$)/, size > 73 ? '_400x400' : '_200x200');
}

/** Decorative: the name always stands beside it. Falls back to initials on a colour of its own. */
export function Avatar({
  user,
  size = 44,
}: {
  user: Pick<User, 'id' | 'name' | 'profile_image_url'> | undefined;
  size?: number;
}) {
  const [broken, setBroken] = useState<string | null>(null);
  const source = pictureOf(user?.profile_image_url, size);
  const box = { width: `${size}px`, height: `${size}px` };
  if (source && source !== broken) {
    return (
      <img
        class="avatar"
        style={box}
        src={source}
        alt=""
        loading="lazy"
        referrerpolicy="no-referrer"
        onError={() => setBroken(source)}
      />
    );
  }
  const hue = hueOf(user?.id ?? '');
  return (
    <span
      class="avatar avatar-initials"
      style={{
        ...box,
        fontSize: `${Math.round(size * 0.4)}px`,
        backgroundColor: `oklch(50% 0.12 ${hue})`,
      }}
      aria-hidden="true"
    >
      {initials(user?.name ?? '')}
    </span>
  );
}
