/** The later of two snowflake ids, which exceed what a number can hold. */
export function maxId(a: string | undefined, b: string | undefined): string | undefined {
  if (!a || !b) return a ?? b;
  return BigInt(a) > BigInt(b) ? a : b;
}

/** The first id of so many milliseconds before a snowflake id. */
export function idBefore(id: string, ms: number): string {
  const first = BigInt(id) - (BigInt(ms) << 22n);
  return String(first > 0n ? first : 0n);
}

/** Whether the first of two snowflake ids is the later one. */
export const isLater = (a: string, b: string): boolean => BigInt(a) > BigInt(b);
