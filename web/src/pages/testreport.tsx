/** The report of one test, section by section; what somebody looks at stands in the address. */

import { useMemo } from "react";
import type { ModelDetail, ModelVersion } from "../api/models.ts";
import { tryVersion, type VersionTest } from "../api/testing.ts";
import { Dialog } from "../components/dialog.tsx";
import { Link } from "../components/link.tsx";
import { formatExact, formatInteger, formatNumber } from "../lib/format.ts";
import { isShare, type OutputReport, readCell, rowWords, sortClasses, writeCell } from "../lib/testing.ts";
import { datasetPath, modelTestPath, runPath } from "../lib/url.ts";
import { setSearch, usePlace } from "../state/router.ts";
import { Answer } from "../views/testing/answer.tsx";
import { Reliability } from "../views/testing/calibration.tsx";
import { ClassTable } from "../views/testing/classes.tsx";
import { ConfusionTable } from "../views/testing/confusion.tsx";
import { Curves } from "../views/testing/curves.tsx";
import { LatencyTable } from "../views/testing/latency.tsx";
import { Regression, Spread } from "../views/testing/regression.tsx";
import { Robustness } from "../views/testing/robustness.tsx";
import { TestedRows } from "../views/testing/rows.tsx";
import { SlicesTable } from "../views/testing/slices.tsx";

interface Props {
  readonly model: ModelDetail;
  readonly version: ModelVersion;
  readonly found: VersionTest;
}

export function Report({ model, version, found }: Props) {
  const { search } = usePlace();
  const { report } = found;
  const output = report.outputs.find((one) => one.output === search.get("output")) ?? report.outputs[0];
  const row = search.get("row");
  return (
    <div className="mt-report">
      <Head version={version} found={found} output={output} />
      {report.outputs.length > 1 && (
        <label className="mt-bar">
          output{" "}
          <select
            value={output?.output}
            onChange={(event) => setSearch({ output: event.target.value, cell: null, class: null }, true)}
          >
            {report.outputs.map((one) => (
              <option key={one.output}>{one.output}</option>
            ))}
          </select>
        </label>
      )}
      {output && <Judged model={model} version={version} found={found} output={output} />}
      {report.harms.length > 0 && (
        <Section title="While inputs are harmed" says={`${rowWords(report)}, the same at every level`}>
          <Robustness harms={report.harms} rows={report.rows} />
        </Section>
      )}
      {report.latency.length > 0 && (
        <Section title="Latency and size" says="on the machine of the server, as busy as it was">
          <LatencyTable rows={report.latency} />
        </Section>
      )}
      {row !== null && <OpenRow model={model} version={version} found={found} at={Number(row)} />}
    </div>
  );
}

/** What it was judged by, and the figures: the main one with its interval in front. */
function Head({
  version,
  found,
  output,
}: {
  version: ModelVersion;
  found: VersionTest;
  output: OutputReport | undefined;
}) {
  const { report, test } = found;
  const [name = "", digest = ""] = report.dataset.split("@");
  return (
    <header className="mt-head">
      <h2>{test}</h2>
      <p className="muted">
        {report.dataset !== "" && (
          <>
            {rowWords(report)} of{" "}
            <Link to={datasetPath(name, digest === "" ? {} : { version: digest })}>{report.dataset}</Link>
            {" · "}
          </>
        )}
        {formatNumber(report.seconds, 3)} s
        {report.run !== "" && version.lineage.project && (
          <>
            {" · "}told to the run{" "}
            <Link to={runPath(version.lineage.project, report.run)}>{version.lineage.run_name || report.run}</Link>
          </>
        )}
      </p>
      {output && <Figures output={output} />}
      {output && output.left_out > 0 && (
        <p className="notice">
          {formatInteger(output.left_out)} of {formatInteger(output.n + output.left_out)} could not be judged: without
          truth, or the answer was no number.
        </p>
      )}
      {[...report.notes, ...(output?.notes ?? [])].map((note) => (
        <p key={note} className="muted">
          {note}
        </p>
      ))}
    </header>
  );
}

/** Means of the same over classes in other ways: they stand behind. */
const ASIDE = new Set(["n", "f1_macro", "f1_weighted", "f1_micro", "precision", "recall", "top_5", "auc_micro"]);

function Figures({ output }: { output: OutputReport }) {
  const all = Object.entries(output.figures).filter(([key]) => key !== output.main && !key.includes("/"));
  const first = all.filter(([key]) => !ASIDE.has(key));
  const aside = all.filter(([key]) => ASIDE.has(key) && key !== "n");
  const one = ([key, value]: readonly [string, number | null]) => (
    <div key={key}>
      <dt>{key.replaceAll("_", " ")}</dt>
      <dd title={formatExact(value)}>
        {formatNumber(value)}
        <Interval of={output} name={key} />
      </dd>
    </div>
  );
  return (
    <>
      <dl className="mt-figures mt-main">{one([output.main, output.figures[output.main] ?? null])}</dl>
      <dl className="mt-figures">{first.map(one)}</dl>
      {aside.length > 0 && (
        <details className="md-classes">
          <summary>{aside.length} more figures</summary>
          <dl className="mt-figures">{aside.map(one)}</dl>
        </details>
      )}
    </>
  );
}

function Interval({ of, name }: { of: OutputReport; name: string }) {
  const found = of.intervals[name];
  if (found === undefined) return null;
  const words = `${formatNumber(found[0], 3)}…${formatNumber(found[1], 3)}`;
  return (
    <span className="mt-interval" title={`95 % interval of the bootstrap over ${formatInteger(of.n)} rows`}>
      {words}
    </span>
  );
}

interface JudgedProps extends Props {
  readonly output: OutputReport;
}

function Judged({ model, version, found, output }: JudgedProps) {
  const { search } = usePlace();
  const pixels = output.task === "segmentation";
  const known = new Set(output.classes);
  const cell = readCell(search.get("cell"));
  const chosen = cell !== null && known.has(cell.actual) && known.has(cell.predicted) ? cell : null;
  const curved = output.thresholds.map(({ name }) => name);
  const asked = search.get("class");
  const curve = asked !== null && curved.includes(asked) ? asked : hardest(output, curved);
  const figure = output.figures[output.main] ?? null;
  const open = (at: number): void => setSearch({ row: String(at) }, true);
  const rows = <Rows model={model} version={version} found={found} output={output} chosen={chosen} onRow={open} />;
  return (
    <>
      <div className={output.confusion === null ? undefined : "mt-halves"}>
        {output.confusion !== null && (
          <Section
            title="Taken for what"
            says={
              pixels
                ? `${formatInteger(output.n)} pixels`
                : `${formatInteger(output.n)} rows; a cell opens those behind it`
            }
          >
            <ConfusionTable
              matrix={output.confusion}
              classes={output.classes}
              unit={pixels ? "pixel" : "row"}
              chosen={chosen}
              onChoose={
                pixels ? null : (next) => setSearch({ cell: next && writeCell(next.actual, next.predicted) }, true)
              }
            />
          </Section>
        )}
        {output.residuals === null && rows}
      </div>
      {output.per_class.length > 0 && (
        <Section
          title={pixels ? "Each class" : "Each class"}
          says={`${output.per_class.length} classes, n is how many are of it in truth`}
        >
          <ClassTable
            rows={output.per_class}
            chosen={curve}
            onChoose={curved.length > 0 ? (name) => setSearch({ class: name }) : null}
          />
        </Section>
      )}
      {curve !== null && (
        <Section title="Thresholds" says="one class against the rest">
          <Curves
            report={output}
            name={curve}
            onName={(name) => setSearch({ class: name })}
            threshold={Number(search.get("t") ?? 0.5)}
            onThreshold={(value) => setSearch({ t: String(Number(value.toPrecision(6))) })}
          />
        </Section>
      )}
      {output.residuals !== null && (
        <Section title="What is left" says="predicted less true">
          <Regression found={output.residuals} n={output.n} onRow={open} />
        </Section>
      )}
      {output.residuals !== null && rows}
      {output.errors !== null && output.residuals === null && (
        <Section title={pixels ? "1 − IoU of the rows" : "Errors of the rows"} says={rowWords(found.report)}>
          <Spread histogram={output.errors} label={pixels ? "1 − IoU of a row" : "error of a row"} />
        </Section>
      )}
      <div className="mt-halves">
        {output.calibration !== null && (
          <Section title="Calibration" says="of the likeliest class">
            <Reliability found={output.calibration} />
          </Section>
        )}
        {output.slices.length > 0 && (
          <Section
            title="By column"
            says={`${output.slices.length} ${output.slices.length === 1 ? "column" : "columns"}`}
          >
            <SlicesTable slices={output.slices} whole={isShare(output.main) || figure !== null ? figure : null} />
          </Section>
        )}
      </div>
    </>
  );
}

/** Of two classes the positive one; of more that which is told from the rest the worst: most can be learnt there. */
function hardest({ per_class }: OutputReport, curved: readonly string[]): string | null {
  if (curved.length === 2) return curved[1] ?? null;
  const known = per_class.filter(({ name, average_precision }) => curved.includes(name) && average_precision !== null);
  return sortClasses(known, "average_precision", false)[0]?.name ?? curved[0] ?? null;
}

interface RowsProps extends JudgedProps {
  readonly chosen: { readonly actual: string; readonly predicted: string } | null;
  readonly onRow: (at: number) => void;
}

/** The rows behind the chosen cell; without one, the mistakes that tell most. */
function Rows({ model, version, found, output, chosen, onRow }: RowsProps) {
  const graded = output.task === "classification";
  const query = useMemo(
    () => ({
      output: output.output,
      ...(chosen ?? {}),
      order: chosen !== null || graded ? ("confident_wrong" as const) : ("loss" as const),
    }),
    [output.output, chosen?.actual, chosen?.predicted, graded, chosen],
  );
  const right = chosen !== null && chosen.actual === chosen.predicted;
  const asked = { ...query, ...(right ? { order: "unsure" as const } : {}) };
  const title =
    chosen === null
      ? graded
        ? "Surest mistakes"
        : "Worst rows"
      : right
        ? `${chosen.actual}, recognised`
        : `${chosen.actual} taken for ${chosen.predicted}`;
  return (
    <Section
      title={title}
      says={
        chosen === null
          ? graded
            ? "wrong rows, the surest first"
            : output.task === "segmentation"
              ? "the least alike first: input, truth, answer"
              : "the largest loss first"
          : right
            ? "the least sure first"
            : "the surest first"
      }
      aside={
        chosen !== null && (
          <button type="button" className="link" onClick={() => setSearch({ cell: null }, true)}>
            All mistakes
          </button>
        )
      }
    >
      <TestedRows
        key={JSON.stringify(asked)}
        name={model.name}
        version={String(version.number)}
        test={found.test}
        us={found.us}
        query={asked}
        target={output.output}
        onRow={onRow}
      />
    </Section>
  );
}

/** A row, large: what every class gets, and what the answer rests on. */
function OpenRow({ model, version, found, at }: Props & { readonly at: number }) {
  const { report } = found;
  const close = (): void => setSearch({ row: null }, true);
  const path = (search: Readonly<Record<string, string>>): string =>
    modelTestPath(model.name, version.number, { ...search, part: report.part, row: String(at) });
  return (
    <Dialog title={`Row ${formatInteger(at)} of ${report.part}`} className="mt-row-dialog" onClose={close}>
      <div className="mt-dialog">
        <Answer
          id={`${model.name} ${version.number} ${report.dataset} ${report.part} ${at}`}
          ask={(explain, signal) =>
            tryVersion(
              model.name,
              String(version.number),
              { row: { row: at, part: report.part, dataset: report.dataset } },
              explain,
              signal,
            )
          }
        >
          <p className="mt-worst">
            <Link to={path({ tab: "try" })}>Try its neighbours</Link>
            <Link to={path({ tab: "checkpoints" })}>How it came about</Link>
          </p>
        </Answer>
      </div>
    </Dialog>
  );
}

interface SectionProps {
  readonly title: string;
  readonly says: string;
  readonly aside?: React.ReactNode;
  readonly children: React.ReactNode;
}

function Section({ title, says, aside, children }: SectionProps) {
  return (
    <section className="mt-section" aria-label={title}>
      <h3>
        {title} <span className="muted">{says}</span>
        <span className="grow" />
        {aside}
      </h3>
      {children}
    </section>
  );
}
