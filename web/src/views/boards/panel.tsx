/** The frame around a panel: its title, what can be done with it, and the handles that move it. */

import type { PanelRow } from "../../api/boards.ts";
import { Age } from "../../components/ages.tsx";
import { PanelBody } from "./body.tsx";
import type { Handle } from "./grid.tsx";

interface Props {
  readonly panel: PanelRow;
  readonly at: number | null;
  readonly move: Handle | null;
  readonly resize: Handle | null;
  readonly full?: boolean;
  readonly onActive: (id: string | null) => void;
  readonly onFull: (id: string | null) => void;
  readonly onHistory: (panel: PanelRow) => void;
  readonly onEdit: (panel: PanelRow) => void;
  readonly onDelete: (panel: PanelRow) => void;
}

export function BoardPanel(props: Props) {
  const { panel, at, move, resize, full = false } = props;
  const name = nameOf(panel);
  return (
    <figure
      className={full ? "chart board-panel full" : "chart board-panel"}
      aria-label={name}
      onPointerEnter={() => props.onActive(panel.id)}
      onPointerLeave={() => props.onActive(null)}
      onFocus={() => props.onActive(panel.id)}
    >
      <figcaption>
        {move && (
          <button
            type="button"
            className="board-grip"
            aria-label={`Move ${name}: arrow keys move it, with Shift they resize it`}
            title="Drag to move; arrow keys move, Shift with arrow keys resizes"
            {...move}
          >
            <svg viewBox="0 0 6 10" width="6" height="10" aria-hidden="true">
              <path
                d="M1 1h0M5 1h0M1 5h0M5 5h0M1 9h0M5 9h0"
                stroke="currentColor"
                strokeWidth="2"
                strokeLinecap="round"
              />
            </svg>
          </button>
        )}
        <span className="board-title" title={name}>
          {name}
        </span>
        <span className="chart-tools">
          <Tool what={`History of ${name}`} onClick={() => props.onHistory(panel)}>
            history
          </Tool>
          {at === null && (
            <>
              <Tool what={`Edit ${name}`} onClick={() => props.onEdit(panel)}>
                edit
              </Tool>
              <Tool what={`Delete ${name}`} onClick={() => props.onDelete(panel)}>
                delete
              </Tool>
            </>
          )}
          <Tool
            what={full ? "Close the full screen" : `${name} in full screen`}
            onClick={() => props.onFull(full ? null : panel.id)}
          >
            {full ? "close" : "full"}
          </Tool>
        </span>
        {/* Points are no changes of the panel: its age would say less than its amber dots. */}
        {panel.run === null && (
          <span className="board-age muted">
            <Age at={panel.updated} />
          </span>
        )}
      </figcaption>
      <PanelBody panel={panel} at={at} />
      {panel.description && <p className="board-description muted">{panel.description}</p>}
      {resize && (
        <button
          type="button"
          className="board-corner"
          tabIndex={-1}
          aria-label={`Resize ${name}`}
          title="Drag to resize"
          {...resize}
        />
      )}
    </figure>
  );
}

export function nameOf(panel: PanelRow): string {
  return panel.title || (panel.dashboard === "agnez" ? "untitled" : panel.name);
}

function Tool({ what, onClick, children }: { what: string; onClick: () => void; children: string }) {
  return (
    <button type="button" onClick={onClick} aria-label={what} title={what}>
      {children}
    </button>
  );
}
