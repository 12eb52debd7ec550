/** A version over HTTP: the endpoints that serve it, and one click to another. */

import "../styles/endpoints.css";
import { useState } from "react";
import { listEndpoints } from "../api/endpoints.ts";
import type { ModelDetail, ModelVersion } from "../api/models.ts";
import { Link } from "../components/link.tsx";
import { ROLES } from "../lib/endpoints.ts";
import { endpointPath } from "../lib/url.ts";
import { useDocumentTick, useRead } from "../state/read.ts";
import { navigate } from "../state/router.ts";
import { EndpointMark } from "./endpointmark.tsx";
import { ServeDialog } from "./servedialog.tsx";

export function VersionServe({ model, version }: { model: ModelDetail; version: ModelVersion }) {
  const tick = useDocumentTick("endpoint");
  const { answer } = useRead("version endpoints", listEndpoints, tick);
  const [asking, setAsking] = useState(false);
  const own = `${model.name}@${version.number}`;
  const serving = (answer?.endpoints ?? []).filter((row) => row.versions.some((one) => one.version === own));
  const refs = [...version.aliases, String(version.number)].map((ref) => `${model.name}@${ref}`);
  return (
    <div className="ep-serve">
      {serving.map((row) => (
        <span key={row.name} className="ep-serving">
          <EndpointMark state={row.state} /> <Link to={endpointPath(row.name)}>{row.name}</Link>
          <span className="muted">
            {row.versions
              .filter((one) => one.version === own)
              .map(({ role }) => ROLES[role])
              .join(", ")}
          </span>
        </span>
      ))}
      {version.format !== "file" && (
        <button type="button" className="small" aria-haspopup="dialog" onClick={() => setAsking(true)}>
          Serve…
        </button>
      )}
      {asking && (
        <ServeDialog
          refs={refs}
          onClose={() => setAsking(false)}
          onMade={({ name }) => navigate(endpointPath(name, { tab: "try" }))}
        />
      )}
    </div>
  );
}
