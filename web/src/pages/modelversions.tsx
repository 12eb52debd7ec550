/** The versions of a model, the newest first, their figures side by side. */

import { useMemo, useState } from "react";
import type { ModelDetail, ModelJudgement, ModelVersion } from "../api/models.ts";
import { Age } from "../components/ages.tsx";
import { MenuButton } from "../components/menubutton.tsx";
import { ScrollX } from "../components/scrollx.tsx";
import { columnFormat, formatBytes, formatExact, formatInteger } from "../lib/format.ts";
import { bestOf, figuresOf, gateWords, splitFigures } from "../lib/models.ts";
import type { Asking } from "./model.tsx";

interface Props {
  readonly model: ModelDetail;
  /** The version that is told of below. */
  readonly shown: number;
  readonly onShow: (version: number) => void;
  readonly onAsk: (asking: Asking) => void;
}

/** As many figures stand side by side at first. */
const FEW = 5;
const FEW_VERSIONS = 12;

export function Versions({ model, shown, onShow, onAsk }: Props) {
  const [all, setAll] = useState(false);
  const [long, setLong] = useState(false);
  const told = useMemo(
    () => model.versions.map((version) => ({ ...version, metrics: figuresOf(version, model.tests) })),
    [model],
  );
  const { main } = useMemo(() => splitFigures(told), [told]);
  const columns = (all ? main : main.slice(0, FEW)).map((name) => ({
    name,
    write: columnFormat(told.map((version) => version.metrics[name])),
    best: bestOf(
      name,
      told.map((version) => version.metrics[name]),
    ),
  }));
  // What an alias stands for is never out of sight.
  const rows = told.filter((v, i) => long || i < FEW_VERSIONS || v.aliases.length > 0 || v.number === shown);
  return (
    <section aria-label="Versions" className="md-versions">
      <ScrollX label={`Versions of ${model.name}`}>
        <table>
          <thead>
            <tr>
              <th scope="col">Version</th>
              <th scope="col">aliases</th>
              {columns.map(({ name }) => (
                <th key={name} scope="col" className="number" title={name}>
                  {name}
                </th>
              ))}
              {model.gates.length > 0 && <th scope="col">gates</th>}
              <th scope="col">format</th>
              <th scope="col" className="number">
                size
              </th>
              <th scope="col" className="number">
                registered
              </th>
              <th scope="col">
                <span className="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((version) => (
              <tr key={version.number} aria-current={version.number === shown || undefined}>
                <th scope="row">
                  <button
                    type="button"
                    className="link md-number"
                    aria-label={`Show version ${version.number}`}
                    aria-pressed={version.number === shown}
                    onClick={() => onShow(version.number)}
                  >
                    {version.number}
                  </button>
                  <span className="md-under" title={version.note}>
                    {version.note}
                  </span>
                </th>
                <td>
                  <Aliases version={version} onAsk={onAsk} />
                </td>
                {columns.map(({ name, write, best }) => (
                  <td
                    key={name}
                    className={best !== null && version.metrics[name] === best ? "number md-best" : "number"}
                    title={formatExact(version.metrics[name])}
                  >
                    {write(version.metrics[name])}
                  </td>
                ))}
                {model.gates.length > 0 && (
                  <td>
                    <Passed judgements={model.judgements.filter((one) => one.version === version.number)} />
                  </td>
                )}
                <td>{version.format}</td>
                <td className="number">{formatBytes(version.size_bytes)}</td>
                <td className="number muted">
                  <Age at={version.us / 1e6} ago />
                </td>
                <td className="md-does">
                  <Actions model={model} version={version} onShow={onShow} onAsk={onAsk} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollX>
      <p className="md-more">
        {main.length > FEW && (
          <button type="button" className="link" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? "Fewer figures" : `${formatInteger(main.length - FEW)} more figures`}
          </button>
        )}
        {told.length > rows.length || long ? (
          <button type="button" className="link" aria-expanded={long} onClick={() => setLong(!long)}>
            {long ? "Fewer versions" : `All ${formatInteger(told.length)} versions`}
          </button>
        ) : null}
      </p>
    </section>
  );
}

function Aliases({ version, onAsk }: { version: ModelVersion; onAsk: Props["onAsk"] }) {
  return (
    <ul className="md-aliases">
      {version.aliases.map((alias) => (
        <li key={alias}>
          <MenuButton
            label={`Alias ${alias}`}
            className="md-alias"
            items={() => [
              {
                label: `Move ${alias}…`,
                act: () => onAsk({ what: "alias", wish: { alias, version: null } }),
              },
              { label: `Remove ${alias}…`, danger: true, act: () => onAsk({ what: "remove alias", alias }) },
            ]}
          >
            {alias}
          </MenuButton>
        </li>
      ))}
    </ul>
  );
}

/** Whether it passes each gate: a sign for the eye, words for the rest. */
function Passed({ judgements }: { judgements: readonly ModelJudgement[] }) {
  return (
    <span className="md-passed">
      {judgements.map(({ gate, passed, why }) => (
        <span
          key={`${gate.alias} ${gate.metric} ${gate.goal}`}
          className={passed ? "md-pass" : "md-fail"}
          title={`${gate.alias}: ${gateWords(gate)}${passed ? "" : `; ${why}`}`}
        >
          <span aria-hidden="true">{passed ? "✓" : "✕"}</span>
          <span className="visually-hidden">
            {passed ? "passes" : "fails"} {gate.alias}: {gateWords(gate)}.
          </span>
        </span>
      ))}
    </span>
  );
}

interface ActionsProps extends Pick<Props, "onShow" | "onAsk"> {
  readonly model: ModelDetail;
  readonly version: ModelVersion;
}

function Actions({ model, version, onShow, onAsk }: ActionsProps) {
  const { number } = version;
  return (
    <MenuButton
      label={`Actions of version ${number}`}
      className="quiet"
      items={() => [
        { label: "Show", act: () => onShow(number) },
        {
          label: "Set an alias…",
          act: () =>
            onAsk({ what: "alias", wish: { alias: "champion" in model.aliases ? "" : "champion", version: number } }),
        },
        "line",
        {
          label: `Delete version ${number}…`,
          danger: true,
          act: () => onAsk({ what: "delete version", version: number }),
        },
      ]}
    >
      <span className="visually-hidden">Actions of version {number}</span>
      <span aria-hidden="true">⋯</span>
    </MenuButton>
  );
}
