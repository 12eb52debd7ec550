/** What can be done with a job: the two most wanted as buttons, the rest in a menu. */

import type { JobRow } from "../api/jobs.ts";
import { type JobAction, verb } from "../lib/jobs.ts";
import type { MenuItem } from "./menu.tsx";
import { MenuButton } from "./menubutton.tsx";

interface Props {
  readonly row: JobRow;
  /** The menu holds these too. */
  readonly more?: readonly MenuItem[];
  readonly onAct: (action: JobAction) => void;
}

const BUTTONS: readonly JobAction[] = ["pause", "resume", "stop"];
const MENU: readonly JobAction[] = ["park", "checkpoint", "delete"];

export function JobActions({ row, more = [], onAct }: Props) {
  const items: MenuItem[] = [
    ...more,
    ...MENU.filter((action) => row.can.includes(action)).map((action) => ({
      label: verb(action, row),
      danger: action === "delete",
      act: () => onAct(action),
    })),
  ];
  return (
    <span className="job-actions">
      {BUTTONS.filter((action) => row.can.includes(action)).map((action) => (
        <button
          key={action}
          type="button"
          className="small"
          aria-label={`${verb(action, row)}: ${row.name}`}
          title={action === "stop" && row.state === "queued" ? "Take it out of the queue" : HINTS[action]}
          onClick={() => onAct(action)}
        >
          {verb(action, row)}
        </button>
      ))}
      {items.length > 0 && (
        <MenuButton label={`More for ${row.name}`} className="quiet" items={() => items}>
          <span className="visually-hidden">More for {row.name}</span>
          <span aria-hidden="true">⋯</span>
        </MenuButton>
      )}
    </span>
  );
}

const HINTS: Partial<Record<JobAction, string>> = {
  pause: "Wait at the next step, with memory and slot. Park, in the menu, frees both.",
  stop: "End at the next step, with a checkpoint",
};
