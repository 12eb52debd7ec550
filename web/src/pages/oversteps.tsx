/** On the canvas: everything that the followed run watched at one node, over its steps. */

import "../styles/statistics.css";
import { useEffect, useMemo } from "react";
import { RecordReader } from "../api/records.ts";
import { Dialog } from "../components/dialog.tsx";
import { Link } from "../components/link.tsx";
import { Trouble } from "../components/trouble.tsx";
import { assignStyles } from "../lib/colour.ts";
import { runPath } from "../lib/url.ts";
import { HealthOf } from "../state/health.ts";
import { RecordCatalog } from "../state/records.ts";
import { useStore } from "../state/store.ts";
import type { Following } from "../state/watched.ts";
import { OwnedMedia } from "../views/records/shared.ts";
import { Stepper } from "../views/records/stepper.tsx";
import { useStepKeys, useSteps } from "../views/records/workspace.tsx";
import { Findings } from "../views/statistics/findings.tsx";
import { NodeStatistics } from "../views/statistics/node.tsx";
import { useOwned } from "./owned.ts";

interface Props {
  readonly followed: Following;
  readonly node: string;
  readonly onClose: () => void;
}

const NONE: NonNullable<ReturnType<Following["variables"]["get"]>> = [];

export function OverSteps({ followed, node, onClose }: Props) {
  const { run, name, project } = followed;
  const catalog = useOwned(() => new RecordCatalog(new RecordReader()));
  const media = useOwned(() => new OwnedMedia(catalog.reader));
  const health = useOwned(() => new HealthOf(run));
  useEffect(() => catalog.show([run]), [catalog, run]);
  useStepKeys(media.player);
  const at = useStore(media.player.at);
  const step = useStore(media.player.step);
  useEffect(() => health.look(at), [health, at]);
  const found = useStore(health.shown);
  const problem = useStore(catalog.problem);
  const keys = useStore(catalog.keys).get(run);
  useEffect(() => media.tracks.compare(new Map(keys ? [[run, keys]] : [])), [media, run, keys]);
  const drawn = useMemo(() => ({ id: run, name, style: styleOf(run) }), [run, name]);
  const variables = followed.variables.get(node) ?? NONE;
  const rows = useMemo(
    () => new Map(variables.flatMap((one) => (keys?.[one.key] ? [[one.key, keys[one.key]] as const] : []))),
    [variables, keys],
  ) as Parameters<typeof useSteps>[1];
  useSteps(media, rows);
  const findings = found?.health.findings.filter((one) => one.node === node) ?? [];
  const steps = (where: number): void => media.player.snap(where);
  return (
    <Dialog title={`${node} in ${name}`} wide keys className="over-steps" onClose={onClose}>
      <Stepper
        player={media.player}
        speed={media.player.speed}
        onSpeed={(speed) => Object.assign(media.player, { speed })}
      />
      {problem !== null && <Trouble cause={problem} onRetry={() => catalog.retry()} small />}
      {findings.length > 0 && (
        <Findings
          findings={findings}
          checks={[]}
          step={step}
          at={at}
          onGo={(_, where) => media.player.go(where)}
          onStep={steps}
        />
      )}
      {keys ? (
        <NodeStatistics node={node} run={drawn} variables={variables} keys={keys} media={media} />
      ) : (
        <div className="skeleton" aria-busy="true" />
      )}
      <p>
        <Link to={`${runPath(project, run)}?${new URLSearchParams({ tab: "statistics", node })}`}>
          All statistics of {name}
        </Link>
      </p>
    </Dialog>
  );
}

function styleOf(run: string) {
  const style = assignStyles([run], undefined, new Map()).get(run);
  if (!style) throw new Error("Every run has a style.");
  return style;
}
