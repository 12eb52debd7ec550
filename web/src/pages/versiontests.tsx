/** The tests of a version in a few lines, and the way to all of them, to trying it, and to its checkpoints. */

import type { ModelDetail, ModelVersion } from "../api/models.ts";
import { Age } from "../components/ages.tsx";
import { Link } from "../components/link.tsx";
import { headline, type TestReport } from "../lib/testing.ts";
import { modelTestPath } from "../lib/url.ts";

export function VersionTests({ model, version }: { model: ModelDetail; version: ModelVersion }) {
  const own = model.tests.filter((test) => test.version === version.number);
  const path = (search: Readonly<Record<string, string | null>> = {}): string =>
    modelTestPath(model.name, version.number, search);
  return (
    <>
      <h3>Tests</h3>
      {own.length > 0 && (
        <ul className="md-files">
          {own.map(({ test, us, report }) => (
            <li key={test}>
              <Link to={path({ test })}>{test}</Link>
              <span className="md-telling">
                <b>{headline(report as unknown as TestReport)}</b>
                <span className="muted">
                  <Age at={us / 1e6} ago />
                </span>
              </span>
            </li>
          ))}
        </ul>
      )}
      {own.length === 0 && <p className="muted">Not tested yet.</p>}
      <p className="md-more">
        <Link to={path()} className="button">
          {own.length === 0 ? "Test it" : "Open tests"}
        </Link>
        <Link to={path({ tab: "try" })} className="button">
          Try it
        </Link>
        <Link to={path({ tab: "checkpoints" })} className="button">
          Checkpoints
        </Link>
      </p>
    </>
  );
}
