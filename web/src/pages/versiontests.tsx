/** The tests of a version in a few lines, and the way to all of them, to trying it, and to its checkpoints. */

import type { ModelDetail, ModelVersion } from "../api/models.ts";
import { Age } from "../components/ages.tsx";
import { Link } from "../components/link.tsx";
import { formatExact, formatNumber } from "../lib/format.ts";
import { figureOrder, isOfClass } from "../lib/models.ts";
import { modelTestPath } from "../lib/url.ts";

const FEW = 3;

export function VersionTests({ model, version }: { model: ModelDetail; version: ModelVersion }) {
  const own = model.tests.filter((test) => test.version === version.number);
  const path = (search: Readonly<Record<string, string | null>> = {}): string =>
    modelTestPath(model.name, version.number, search);
  return (
    <>
      <h3>Tests</h3>
      {own.length > 0 && (
        <ul className="md-files">
          {own.map(({ test, us, figures }) => (
            <li key={test}>
              <Link to={path({ test })}>{test}</Link>
              <span className="md-telling">
                {figureOrder(Object.keys(figures))
                  .filter((name) => !isOfClass(name) && !/(^|[./])n$/.test(name))
                  .slice(0, FEW)
                  .map((name) => (
                    <span key={name} title={formatExact(figures[name])}>
                      <span className="muted">{name.slice(name.indexOf("/") + 1)}</span> {formatNumber(figures[name])}
                    </span>
                  ))}
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
