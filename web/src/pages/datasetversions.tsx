/** The versions of a data set: what each changed, and why. */

import { type Dataset, listVersions } from "../api/datasets.ts";
import { Age } from "../components/ages.tsx";
import { CopyButton } from "../components/copy.tsx";
import { Link } from "../components/link.tsx";
import { Trouble } from "../components/trouble.tsx";
import { datasetPath } from "../lib/url.ts";
import { useRead } from "../state/read.ts";

export function VersionsPane({ data, tick }: { data: Dataset; tick: number }) {
  const { answer, problem, again } = useRead(data.name, () => listVersions(data.name), tick);
  if (answer === null) return problem === null ? null : <Trouble cause={problem} onRetry={again} />;
  return (
    <ol className="ds-versions" aria-label={`Versions of ${data.name}`}>
      {answer.map(({ number, digest, time, note, changes }) => (
        <li key={number} aria-current={digest === data.digest || undefined}>
          <span className="ds-number">{number}</span>
          <div>
            {note !== "" && <p>{note}</p>}
            {changes.length > 0 ? (
              <ul>
                {changes.map((change) => (
                  <li key={change}>{change}</li>
                ))}
              </ul>
            ) : (
              note === "" && <p className="muted">The first.</p>
            )}
            <p className="muted ds-version-foot">
              {time > 0 && <Age at={time} ago />}
              <span className="mono">{digest}</span>
              <CopyButton text={`${data.name}@${digest}`} what={`the name of version ${number}`} />
              {digest === data.digest ? (
                <span>shown here</span>
              ) : (
                <Link to={datasetPath(data.name, { version: String(number) })}>look at it</Link>
              )}
            </p>
          </div>
        </li>
      ))}
    </ol>
  );
}
