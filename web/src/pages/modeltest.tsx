/** Testing a version of a model: its tests, an input to try it on, and what its checkpoints said on the way. */

import "../styles/models.css";
import "../styles/datasets.css";
import "../styles/testing.css";
import { useEffect } from "react";
import { getModel, type ModelDetail, type ModelVersion } from "../api/models.ts";
import { Link } from "../components/link.tsx";
import { Tabs, tabId } from "../components/tabs.tsx";
import { Trouble } from "../components/trouble.tsx";
import { MODELS_PATH, modelPath, modelTestPath } from "../lib/url.ts";
import { useDocumentTick, useRead } from "../state/read.ts";
import { navigate, setSearch, usePlace } from "../state/router.ts";
import { CheckpointsPane } from "./testcheckpoints.tsx";
import { ResultsPane } from "./testresults.tsx";
import { TryPane } from "./testtry.tsx";

const TABS = [
  { name: "results", label: "Results" },
  { name: "try", label: "Try" },
  { name: "checkpoints", label: "Checkpoints" },
] as const;

export function ModelTestPage({ name, version: ref }: { name: string; version: string }) {
  const { search } = usePlace();
  const tick = useDocumentTick("model");
  const { answer: model, problem, again } = useRead(name, () => getModel(name), tick);
  useEffect(() => {
    document.title = `Test ${name}@${ref} · gnomon`;
  }, [name, ref]);
  if (model === null)
    return problem === null ? (
      <div className="model-page" aria-busy="true">
        <div className="skeleton line" />
      </div>
    ) : (
      <div className="teach">
        <h1>Test {name}</h1>
        <Trouble cause={problem} onRetry={again} />
        <p>
          <Link to={MODELS_PATH}>All models</Link>
        </p>
      </div>
    );
  const version = versionOf(model, ref);
  if (version === null)
    return (
      <div className="teach">
        <h1>
          {name} has no version {ref}
        </h1>
        <p>
          It may have been deleted, or the alias removed. <Link to={modelPath(name)}>Its versions</Link>
        </p>
      </div>
    );
  const tab = TABS.find((one) => one.name === search.get("tab"))?.name ?? "results";
  return (
    <div className="model-page model-test">
      <header className="md-head">
        <p className="md-up">
          <Link to={MODELS_PATH}>Models</Link> / <Link to={modelPath(name, { version: ref })}>{name}</Link>
        </p>
        <div className="md-title">
          <h1>Test {name}</h1>
          <label>
            <span className="visually-hidden">Version</span>
            <select
              value={version.number}
              onChange={(event) => navigate(modelTestPath(name, event.target.value, { tab }))}
            >
              {model.versions.map(({ number, aliases }) => (
                <option key={number} value={number}>
                  version {number}
                  {aliases.length > 0 ? ` (${aliases.join(", ")})` : ""}
                </option>
              ))}
            </select>
          </label>
        </div>
      </header>
      <Tabs
        label="What is shown of the version"
        tabs={TABS}
        chosen={tab}
        onChoose={(next) => setSearch({ tab: next === "results" ? null : next }, true)}
        controls="mt-pane"
      />
      <div id="mt-pane" role="tabpanel" aria-labelledby={tabId("mt-pane", tab)}>
        {tab === "results" && <ResultsPane key={version.number} model={model} version={version} />}
        {tab === "try" && <TryPane key={version.number} model={model} version={version} />}
        {tab === "checkpoints" && <CheckpointsPane key={version.number} model={model} version={version} />}
      </div>
    </div>
  );
}

/** By number, alias, or the newest; `null` where there is none. */
function versionOf(model: ModelDetail, ref: string): ModelVersion | null {
  const wanted = ref === "latest" ? model.versions[0]?.number : (model.aliases[ref] ?? Number(ref));
  return (
    model.versions.find(({ number }) => number === wanted) ??
    model.versions.find(({ digest }) => ref.length >= 6 && digest.startsWith(ref)) ??
    null
  );
}
