/** The colour of a run as a button: it opens the eight hues and the four dashes; everybody sees what is chosen. */

import { useRef, useState } from "react";
import { DASH_NAMES, HUE_NAMES, readStyle, type Style, writeStyle } from "../lib/colour.ts";
import { Menu, type MenuItem } from "./menu.tsx";
import { Swatch } from "./swatch.tsx";

interface Props {
  readonly name: string;
  /** What somebody chose. */
  readonly color: string | null;
  /** What it is drawn with now; undefined while it is not drawn. */
  readonly style: Style | undefined;
  /** Part of a grid, which the arrow keys walk through: no stop of its own. */
  readonly inGrid?: boolean;
  readonly onChoose: (color: string | null) => void;
}

export function ColourButton({ name, color, style, inGrid = false, onChoose }: Props) {
  const button = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  const chosen = readStyle(color);
  return (
    <>
      <button
        ref={button}
        type="button"
        className="colour-button"
        tabIndex={inGrid ? -1 : 0}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label={`Colour of ${name}`}
        title="Change the colour"
        onClick={(event) => {
          event.stopPropagation();
          setOpen(!open);
        }}
      >
        <Swatch style={style ?? chosen ?? undefined} />
      </button>
      {open && button.current && (
        <Menu
          label={`Colour of ${name}`}
          anchor={button.current}
          items={items(chosen, style ?? chosen ?? { hue: 0, dash: 0 }, onChoose)}
          onClose={() => {
            setOpen(false);
            // The keys of a grid are heard where its rows are walked through.
            if (inGrid) button.current?.closest<HTMLElement>("[role$='grid']")?.focus({ preventScroll: true });
          }}
        />
      )}
    </>
  );
}

function items(chosen: Style | null, now: Style, onChoose: Props["onChoose"]): readonly MenuItem[] {
  const item = (label: string, style: Style, checked: boolean): MenuItem => ({
    label,
    checked,
    note: <Swatch style={style} />,
    act: () => onChoose(writeStyle(style)),
  });
  return [
    { heading: "Colour, for everybody" },
    ...HUE_NAMES.map((label, hue) => item(label, { hue, dash: chosen?.dash ?? 0 }, chosen?.hue === hue)),
    { heading: "Line" },
    ...DASH_NAMES.map((label, dash) => item(label, { hue: now.hue, dash }, chosen?.dash === dash)),
    "line",
    { label: "By itself", checked: chosen === null, act: () => onChoose(null) },
  ];
}
