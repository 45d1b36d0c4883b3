/** Whether an address is plainly one of this machine or of a private network. */
export function isPrivateAddress(address: string): boolean {
  if (!URL.canParse(address.trim())) return false;
  const { hostname } = new URL(address.trim());
  const host = hostname.replace(/^\[|\]$/g, '');
  return (
    /^(localhost|.*\.localhost|.*\.local)$/.test(host) ||
    /^(127|10)\.|^192\.168\.|^172\.(1[6-9]|2\d|3[01])\.|^169\.254\.|^0\./.test(host) ||
    /^(::1|f[cd][0-9a-f]{2}:.*|fe80:.*)$/.test(host)
  );
}
