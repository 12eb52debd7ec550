/** The frame around the nodes of a group: its title, how often it repeats, and the way to fold it. */

import type { NodeProps } from "@xyflow/react";
import { createContext, memo, useContext } from "react";
import { Editable } from "../components/editable.tsx";
import type { GraphGroup } from "../lib/graph.ts";
import type { FrameNode } from "./scene.ts";

/** How a frame changes its group; `null` where the graph is only looked at. */
export const ChangeGroup = createContext<((group: GraphGroup, label: string) => void) | null>(null);

export const MOST_REPEATS = 1000;

export const GroupFrame = memo(function GroupFrame({ data: { group } }: NodeProps<FrameNode>) {
  const change = useContext(ChangeGroup);
  const title = group.title || group.id;
  return (
    <section className="group-frame" aria-label={`Group ${title}`}>
      <div className="frame-title">
        {change ? (
          <span className="nodrag">
            <Editable
              value={title}
              label="Title of the group"
              hint="Rename the group"
              onSave={(text) => change({ ...group, title: text === group.id ? "" : text }, `Title of ${group.id}`)}
            >
              {title}
            </Editable>
          </span>
        ) : (
          title
        )}
        <span className="grow" />
        {change && (
          <label className="nodrag frame-repeat" title="How often its nodes stand one behind another">
            <span aria-hidden="true">×</span>
            <input
              type="number"
              min={1}
              max={MOST_REPEATS}
              aria-label={`Repeats of ${title}`}
              value={group.repeat}
              onKeyDown={(event) => event.stopPropagation()}
              onChange={(event) => {
                const repeat = Math.round(Number(event.target.value));
                if (repeat >= 1 && repeat <= MOST_REPEATS)
                  change({ ...group, repeat }, `Repeat ${title} ${repeat} times`);
              }}
            />
          </label>
        )}
        {!change && group.repeat > 1 && <span>×{group.repeat}</span>}
        {change && (
          <button
            type="button"
            className="quiet nodrag"
            aria-label={`Fold ${title}`}
            title="Fold"
            onClick={() => change({ ...group, collapsed: true }, `Fold ${title}`)}
          >
            −
          </button>
        )}
      </div>
    </section>
  );
});
