/** How many runs are under way. */

/** The project of the logs that endpoints keep of their requests: they are open while an endpoint answers, and train nothing. */
const ENDPOINT_LOGS = "serving";

interface Project {
  readonly name: string;
  readonly running: number;
}

/** The runs under way in a project, or in all; logs of endpoints count only where they are what is looked at. */
export function runningOf(rows: readonly Project[], project: string | null): number {
  return rows
    .filter(({ name }) => (project === null ? name !== ENDPOINT_LOGS : name === project))
    .reduce((sum, row) => sum + row.running, 0);
}
