interface Option {
  votes: number;
}

export const totalVotes = (options: Option[]): number =>
  options.reduce((sum, option) => sum + option.votes, 0);

/** Whole percent of all votes; zero while there are none. */
export const percent = (votes: number, total: number): number =>
  total > 0 ? Math.round((100 * votes) / total) : 0;

/** True when the server has closed the poll or its end has passed on this clock. */
export function isClosed(
  poll: { voting_status?: string; end_datetime?: string },
  now: number,
): boolean {
  const end = poll.end_datetime ? Date.parse(poll.end_datetime) : 0;
  return poll.voting_status === 'closed' || end <= now;
}

/** Options with one vote more at a position. */
export const withVote = <T extends Option & { position: number }>(
  options: T[],
  position: number,
): T[] =>
  options.map((option) =>
    option.position === position ? { ...option, votes: option.votes + 1 } : option,
  );
