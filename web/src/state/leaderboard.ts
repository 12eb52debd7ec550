/** The leaderboard of a project, read again when its runs change. */

import { type Leaderboard, type LeaderboardQuery, queryLeaderboard } from "../api/analysis.ts";
import { LiveAnswer } from "./answer.ts";
import { want } from "./live.ts";

export function followLeaderboard(project: string): LiveAnswer<LeaderboardQuery, Leaderboard> {
  return new LiveAnswer(
    queryLeaderboard,
    (frame) => frame.type === "removed" || (frame.type === "runs" && frame.rows.some((row) => row.project === project)),
    () => want({ projects: [project], runs: {} }),
  );
}
