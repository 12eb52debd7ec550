/** The axes of a picture by name, each with what can be done with it. */

import type { MenuItem } from "../../components/menu.tsx";
import { MenuButton } from "../../components/menubutton.tsx";
import { columnTitle, type Dimension, type Range } from "../../lib/dimension.ts";
import type { ExploreState } from "../../lib/explorestate.ts";

interface AxisProps {
  readonly axes: readonly string[];
  readonly dimensions: ReadonlyMap<string, Dimension>;
  readonly state: ExploreState;
  readonly onState: (changes: Partial<ExploreState>) => void;
}

export function AxisBar({ axes, dimensions, state, onState }: AxisProps) {
  return (
    <ul className="chips explore-axes" aria-label="Axes">
      {axes.map((column, i) => (
        <li key={column}>
          <MenuButton
            label={`Axis ${columnTitle(column)}`}
            className="text"
            items={() => axisMenu(column, i, axes, dimensions.get(column), state, onState)}
          >
            {columnTitle(column)} ▾
          </MenuButton>
        </li>
      ))}
    </ul>
  );
}

function axisMenu(
  column: string,
  i: number,
  axes: readonly string[],
  dimension: Dimension | undefined,
  state: ExploreState,
  onState: AxisProps["onState"],
): MenuItem[] {
  const flat = state.flat.includes(column);
  const moved = (to: number): string[] => {
    const rest = axes.filter((other) => other !== column);
    return [...rest.slice(0, to), column, ...rest.slice(to)];
  };
  const items: MenuItem[] = [
    { label: "Move left", disabled: i === 0, act: () => onState({ axes: moved(i - 1) }) },
    { label: "Move right", disabled: i === axes.length - 1, act: () => onState({ axes: moved(i + 1) }) },
  ];
  if (dimension?.kind === "log" || flat)
    items.push({
      label: "Logarithmic",
      checked: !flat,
      act: () => onState({ flat: flat ? state.flat.filter((other) => other !== column) : [...state.flat, column] }),
    });
  if (state.ranges.has(column))
    items.push({ label: "Clear the range", act: () => onState({ ranges: without(state.ranges, column) }) });
  items.push("line", {
    label: "Remove",
    act: () => onState({ axes: axes.filter((other) => other !== column), ranges: without(state.ranges, column) }),
  });
  return items;
}

function without(ranges: ReadonlyMap<string, Range>, column: string): Map<string, Range> {
  return new Map([...ranges].filter(([other]) => other !== column));
}
