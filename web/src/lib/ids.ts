/** The later of two snowflake ids, which exceed what a number can hold. */
export function maxId(a: string | undefined, b: string | undefined): string | undefined {
  if (!a || !b) return a ?? b;
  return BigInt(a) > BigInt(b) ? a : b;
}
