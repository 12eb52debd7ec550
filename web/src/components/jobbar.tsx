/** How far a job is, as a bar that says it in words too. */

import type { JobRow } from "../api/jobs.ts";
import { farWords, leftWords } from "../lib/jobs.ts";

export function JobBar({ row }: { row: JobRow }) {
  const words = [farWords(row), leftWords(row)].filter(Boolean).join(" · ");
  if (row.share === null) return <span className="job-far muted">{words}</span>;
  const percent = Math.floor(row.share * 100);
  return (
    <span className="job-far">
      <span
        className={`job-bar ${row.state}`}
        role="progressbar"
        aria-label={`Progress of ${row.name}`}
        aria-valuenow={percent}
        aria-valuetext={words || `${percent} %`}
      >
        <span style={{ transform: `scaleX(${row.share})` }} />
      </span>
      <span className="job-far-words muted">{words || `${percent} %`}</span>
    </span>
  );
}
