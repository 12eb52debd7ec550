/** Two panes: side by side where there is room, else one at a time. */

import { useEffect, useState } from "react";
import { Splitter } from "../components/splitter.tsx";
import { Tabs, tabId } from "../components/tabs.tsx";
import { plural } from "../lib/format.ts";
import { remember } from "../state/remember.ts";

const NARROWEST = 320;

interface PanesProps {
  readonly pane: "runs" | "charts";
  readonly onPane: (pane: "runs" | "charts") => void;
  readonly running: number;
  readonly left: number;
  readonly setLeft: (left: number) => void;
  readonly children: [React.ReactNode, React.ReactNode];
}

/** Side by side where there is room, else one at a time. */
export function Panes({ pane, onPane, running, left, setLeft, children }: PanesProps) {
  const wide = useWide();
  const most = Math.max(NARROWEST, window.innerWidth - 380);
  if (wide) {
    return (
      <div className="panes" style={{ gridTemplateColumns: `${Math.min(left, most)}px 5px minmax(0, 1fr)` }}>
        {children[0]}
        <Splitter
          value={left}
          min={NARROWEST}
          max={most}
          onChange={(value) => {
            setLeft(value);
            remember("splitter", String(value));
          }}
        />
        {children[1]}
      </div>
    );
  }
  return (
    <div className="panes-one">
      <Tabs
        label="Runs or what they logged"
        tabs={[
          { name: "runs", label: "Runs" },
          { name: "charts", label: `Charts and media of ${plural(running, "run", "runs")}` },
        ]}
        chosen={pane}
        onChoose={(name) => onPane(name === "runs" ? "runs" : "charts")}
        controls="pane"
      />
      <div role="tabpanel" id="pane" className="pane" aria-labelledby={tabId("pane", pane)}>
        {pane === "runs" ? children[0] : children[1]}
      </div>
    </div>
  );
}

export function useWide(): boolean {
  const [query] = useState(() => window.matchMedia("(min-width: 800px)"));
  const [wide, setWide] = useState(query.matches);
  useEffect(() => {
    const hear = (): void => setWide(query.matches);
    query.addEventListener("change", hear);
    return () => query.removeEventListener("change", hear);
  }, [query]);
  return wide;
}
