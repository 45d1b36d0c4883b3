/** Directions that a text sets for what follows it: embeddings, overrides and isolates. */
const CONTROLS = /[\u202a-\u202e\u2066-\u2069]/g;

/**
 * A name for the middle of a sentence that is plain text: in a label, a title or a message.
 * In markup `<bdi>` and `dir="auto"` do the same.
 */
export function isolated(name: string): string {
  // One that closes the isolation would let the rest of the name out.
  return `\u2068${name.replace(CONTROLS, '')}\u2069`;
}
