/** Whose weights previews are shown with: drawn ones, or those that a training of this graph kept. */

import { useEffect, useState } from "react";
import { type KeptWeights, listWeights } from "../api/previews.ts";
import { Menu, type MenuItem } from "../components/menu.tsx";
import { useOpener } from "../components/opener.ts";
import { formatInteger } from "../lib/format.ts";
import type { Previews, PreviewsView } from "../state/previews.ts";
import { useStore } from "../state/store.ts";
import { following } from "../state/watched.ts";

/** Runs that are listed: those before them are of graphs that were others. */
const MOST = 8;

export function WeightsButton({ previews, view }: { previews: Previews; view: PreviewsView }) {
  const { anchor, close, button } = useOpener();
  const followed = useStore(following);
  const name = view.name || (followed?.run === view.run ? followed?.name : "") || "the run";
  return (
    <>
      <button
        {...button}
        type="button"
        className="sample-weights"
        aria-haspopup="menu"
        title={view.without || "Whose weights the previews are made with"}
      >
        {wordsOf(view, name)}
      </button>
      {anchor && <Choice anchor={anchor} previews={previews} view={view} onClose={close} />}
    </>
  );
}

function wordsOf({ run, at, step, without }: PreviewsView, name: string): string {
  if (run === null) return "random weights";
  if (without !== "" || step === null) return `random weights: none of ${name}`;
  const known = step ?? at;
  return `weights of ${name}${known === null ? "" : `, step ${formatInteger(known)}`}`;
}

interface ChoiceProps {
  readonly anchor: HTMLElement;
  readonly previews: Previews;
  readonly view: PreviewsView;
  readonly onClose: () => void;
}

function Choice({ anchor, previews, view, onClose }: ChoiceProps) {
  const [runs, setRuns] = useState<readonly KeptWeights[] | null>(null);
  useEffect(() => {
    let gone = false;
    listWeights(previews.graph).then(
      (found) => gone || setRuns(found),
      () => gone || setRuns([]),
    );
    return () => {
      gone = true;
    };
  }, [previews]);
  // A menu is placed and takes the focus when it opens: what is in it comes first.
  if (runs === null) return null;
  return <Menu label="Weights" anchor={anchor} items={itemsOf(previews, view, runs)} onClose={onClose} />;
}

function itemsOf(previews: Previews, { run, at }: PreviewsView, runs: readonly KeptWeights[]): readonly MenuItem[] {
  const drawn: MenuItem = {
    label: "Random weights",
    checked: run === null,
    act: () => previews.chooseWeights(null, null, ""),
  };
  if (runs.length === 0) return [drawn, { heading: "No training of this graph kept weights yet" }];
  const kept = runs.slice(0, MOST).flatMap((one) =>
    one.steps.toReversed().map((step, i): MenuItem => {
      // The newest is followed while it trains.
      const wanted = i === 0 ? null : step;
      return {
        label: `${one.name}, step ${formatInteger(step)}`,
        note: i === 0 ? `newest · revision ${one.rev}` : `revision ${one.rev}`,
        checked: run === one.run && (at === wanted || at === step),
        act: () => previews.chooseWeights(one.run, wanted, one.name),
      };
    }),
  );
  return [drawn, { heading: "Kept by trainings of this graph" }, ...kept];
}
