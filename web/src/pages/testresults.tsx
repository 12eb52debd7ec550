/** The tests of a version: what is stored, what is being made, and the report of one. */

import { useEffect, useRef, useState } from "react";
import type { ModelDetail, ModelVersion } from "../api/models.ts";
import { deleteTest, listTests, type RunningTest, runTest, type TestWish, type VersionTest } from "../api/testing.ts";
import { Age } from "../components/ages.tsx";
import { MenuButton } from "../components/menubutton.tsx";
import { Trouble } from "../components/trouble.tsx";
import { formatNumber } from "../lib/format.ts";
import { headline, rowWords, TEST_KINDS } from "../lib/testing.ts";
import { useDocumentTick, useRead } from "../state/read.ts";
import { setSearch, usePlace } from "../state/router.ts";
import { TestForm } from "./testform.tsx";
import { Report } from "./testreport.tsx";

interface Props {
  readonly model: ModelDetail;
  readonly version: ModelVersion;
}

const LOOK_MS = 700;

export function ResultsPane({ model, version }: Props) {
  const { search } = usePlace();
  const ref = String(version.number);
  const tick = useDocumentTick("model_test");
  const { answer, problem, again } = useRead(`${model.name} ${ref}`, (stop) => listTests(model.name, ref, stop), tick);
  const [asked, setAsked] = useState(0);
  const [refused, setRefused] = useState<unknown>(null);
  // Whoever stops a test need not be told that it was stopped.
  const stopping = useRef(false);
  const busy = asked > 0 || (answer?.running.length ?? 0) > 0;
  // How far a test is is nobody's document: it is asked for while one is being made.
  useEffect(() => {
    if (!busy) return;
    const timer = setInterval(again, LOOK_MS);
    return () => clearInterval(timer);
  }, [busy, again]);
  if (answer === null)
    return problem === null ? <div className="skeleton mt-report-wait" /> : <Trouble cause={problem} onRetry={again} />;
  const shown = answer.tests.find(({ test }) => test === search.get("test")) ?? firstShown(answer.tests);
  const run = (wish: TestWish): void => {
    setRefused(null);
    setAsked((n) => n + 1);
    runTest(model.name, ref, wish)
      .then(
        ({ test }) => setSearch({ test, cell: null, row: null, output: null }),
        (cause: unknown) => !stopping.current && setRefused(cause),
      )
      .finally(() => {
        stopping.current = false;
        setAsked((n) => n - 1);
        again();
      });
  };
  const remove = (test: string): void => {
    deleteTest(model.name, ref, test).then(again, (cause: unknown) => {
      setRefused(cause);
      again();
    });
  };
  return (
    <div className="mt-results">
      <aside className="mt-tests" aria-label="Tests of this version">
        <ul>
          {answer.running.map((one) => (
            <Running
              key={one.test}
              running={one}
              onStop={() => {
                stopping.current = true;
                remove(one.test);
              }}
            />
          ))}
          {answer.tests.map((one) => (
            <Stored
              key={one.test}
              found={one}
              here={one === shown}
              onRemove={() => remove(one.test)}
              onAgain={() => run(wishOf(one))}
            />
          ))}
        </ul>
        {refused !== null && <Trouble cause={refused} small />}
        <TestForm version={version} busy={asked > 0} first={answer.tests.length === 0} onRun={run} />
      </aside>
      {shown === null ? (
        <Begin running={answer.running.length > 0} />
      ) : (
        <Report key={`${shown.test} ${shown.us}`} model={model} version={version} found={shown} />
      )}
    </div>
  );
}

/** The newest of those that tell most. */
function firstShown(tests: readonly VersionTest[]): VersionTest | null {
  for (const kind of TEST_KINDS) {
    const found = tests.find((one) => one.kind === kind);
    if (found) return found;
  }
  return null;
}

function wishOf({ kind, report: { dataset, part, rows, of } }: VersionTest): TestWish {
  return {
    test: kind,
    ...(dataset === "" ? {} : { dataset }),
    ...(part === "" ? {} : { part }),
    ...(rows < of ? { rows } : {}),
  };
}

function Running({ running, onStop }: { running: RunningTest; onStop: () => void }) {
  const { test, progress, text } = running;
  return (
    <li className="mt-test running">
      <span className="mt-test-name">
        <span className="dot" aria-hidden="true" /> {test}
      </span>
      <span
        className="mt-progress"
        role="progressbar"
        aria-label={`${test}, how far it is`}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(100 * progress)}
      >
        <i style={{ width: `${100 * progress}%` }} />
      </span>
      <span className="muted">{text === "" ? `${formatNumber(100 * progress, 2)} %` : text}</span>
      <button type="button" className="quiet" onClick={onStop}>
        Stop
      </button>
    </li>
  );
}

interface StoredProps {
  readonly found: VersionTest;
  readonly here: boolean;
  readonly onRemove: () => void;
  readonly onAgain: () => void;
}

function Stored({ found, here, onRemove, onAgain }: StoredProps) {
  const { test, kind, us, report } = found;
  return (
    <li className="mt-test" aria-current={here || undefined}>
      <button
        type="button"
        className="mt-open"
        onClick={() => setSearch({ test, cell: null, row: null, output: null, class: null, t: null }, true)}
      >
        <span className="mt-test-name">{test}</span>
        <span className="mt-test-figure">{headline(found.report)}</span>
        <span className="muted">
          {kind === "latency" ? "times and sizes" : rowWords(report)} · <Age at={us / 1e6} ago />
        </span>
      </button>
      <MenuButton
        label={`Actions of the test ${test}`}
        className="quiet"
        items={() => [
          { label: "Run it again", act: onAgain },
          "line",
          { label: `Delete ${test}`, danger: true, act: onRemove },
        ]}
      >
        <span className="visually-hidden">Actions of the test {test}</span>
        <span aria-hidden="true">⋯</span>
      </MenuButton>
    </li>
  );
}

function Begin({ running }: { running: boolean }) {
  return (
    <div className="mt-begin">
      <h2>{running ? "The first test is being made" : "This version has not been tested"}</h2>
      <p>
        A test predicts the rows of a data set and keeps what comes of it with the version: a confusion matrix whose
        cells open the rows behind them, curves with a threshold to move, calibration, figures by column, the mistakes
        it was surest of. Gates and leaderboards read its figures.
      </p>
      <p className="muted">
        Robustness harms the inputs more and more; latency times every form that the version was exported to.
      </p>
    </div>
  );
}
