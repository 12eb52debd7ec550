/** What code is written for. */

import type { Target } from "../lib/graph.ts";

export const TARGETS: Readonly<Record<Target, string>> = { torch: "PyTorch", keras: "Keras 3" };

export function TargetSwitch({ target, onChange }: { target: Target; onChange: (target: Target) => void }) {
  return (
    <fieldset className="target-switch">
      <legend className="visually-hidden">Code is written for</legend>
      {(["torch", "keras"] as const).map((one) => (
        <button
          key={one}
          type="button"
          className="toggle"
          aria-pressed={target === one}
          onClick={() => target !== one && onChange(one)}
        >
          {TARGETS[one]}
        </button>
      ))}
    </fieldset>
  );
}
