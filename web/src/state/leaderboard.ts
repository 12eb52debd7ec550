/** The leaderboard of a project, read again when its runs change. */

import { type Leaderboard, type LeaderboardQuery, queryLeaderboard } from "../api/analysis.ts";
import { LiveAnswer } from "./answer.ts";
import { want } from "./live.ts";

/** So many entries of each protocol come at first: thousands of them are megabytes that nobody reads. */
export const PAGE = 200;

/** The same ranking with every entry: what is shown when nothing is missing, else asked for. */
export async function wholeBoard(board: Leaderboard, query: LeaderboardQuery): Promise<Leaderboard> {
  const complete = board.protocols.every((one) => one.entries.length === one.total);
  return complete ? board : queryLeaderboard({ ...query, limit: null });
}

export function followLeaderboard(project: string): LiveAnswer<LeaderboardQuery, Leaderboard> {
  return new LiveAnswer(
    queryLeaderboard,
    (frame) => frame.type === "removed" || (frame.type === "runs" && frame.rows.some((row) => row.project === project)),
    () => want({ projects: [project], runs: {} }),
  );
}
