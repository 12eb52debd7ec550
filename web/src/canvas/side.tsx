/** What stands beside the canvas: a node as a form, issues or history above, the code below; or the code alone. */

import { type ReactNode, useState } from "react";
import { Splitter } from "../components/splitter.tsx";
import { type Tab, Tabs, tabId } from "../components/tabs.tsx";
import { useCommands } from "../state/commands.ts";
import { recall, remember } from "../state/remember.ts";

/** `wide`: the code has the room of the form too. */
export type CodeRoom = "off" | "on" | "wide";

const WIDTH = { usual: 400, wide: 680, min: 280, max: 1100 } as const;
const HEIGHT = { min: 120, above: 140 } as const;

/** How much room the code has, remembered. */
export function useCodeRoom(): readonly [CodeRoom, (room: CodeRoom) => void] {
  const [room, setRoom] = useState(() => roomOf(recall("canvas.code")));
  const keep = (next: CodeRoom): void => {
    remember("canvas.code", next);
    setRoom(next);
  };
  return [room, keep];
}

function roomOf(kept: string | null): CodeRoom {
  return kept === "off" || kept === "wide" ? kept : "on";
}

interface Props {
  readonly room: CodeRoom;
  readonly onRoom: (room: CodeRoom) => void;
  readonly tabs: readonly Tab[];
  readonly chosen: string;
  readonly onChoose: (name: string) => void;
  readonly code: ReactNode;
  readonly children: ReactNode;
}

/** The bar that makes it wider, and the panels; the page gives both a column of its grid. */
export function CanvasSide({ room, onRoom, tabs, chosen, onChoose, code, children }: Props) {
  const wide = room === "wide";
  const name = wide ? "canvas.wide" : "canvas.side";
  const [widths, setWidths] = useState<Readonly<Record<string, number>>>({});
  const [height, setHeight] = useState(() => Number(recall("canvas.code.height")) || null);
  const width = widths[name] ?? (Number(recall(name)) || (wide ? WIDTH.wide : WIDTH.usual));
  useCommands(() => [
    {
      id: "canvas.code",
      title: wide ? "Show the form beside the code" : "Give the code the room of the form",
      section: "Canvas",
      shortcut: "canvas.code",
      words: "code wide editor panel",
      act: () => onRoom(wide ? "on" : "wide"),
    },
  ]);
  return (
    <>
      <Splitter
        label="Width of the panels"
        value={-width}
        min={-WIDTH.max}
        max={-WIDTH.min}
        onChange={(next) => {
          setWidths({ ...widths, [name]: -next });
          remember(name, String(-next));
        }}
      />
      <aside
        className={`canvas-side code-${room}`}
        aria-label="Node, issues, history and code"
        style={{ "--side": `${width}px`, ...(height && { "--code": `${height}px` }) } as React.CSSProperties}
      >
        <Tabs label="Beside the canvas" tabs={tabs} chosen={chosen} controls="canvas-side" onChoose={onChoose} />
        <div
          id="canvas-side"
          role="tabpanel"
          className="canvas-side-body"
          aria-labelledby={tabId("canvas-side", chosen)}
          hidden={wide}
        >
          {children}
        </div>
        {room === "on" && (
          <Splitter
            axis="y"
            label="Height of the code"
            value={-(height ?? Math.round(0.42 * window.innerHeight))}
            min={-Math.max(HEIGHT.min, window.innerHeight - HEIGHT.above)}
            max={-HEIGHT.min}
            onChange={(next) => {
              setHeight(-next);
              remember("canvas.code.height", String(-next));
            }}
          />
        )}
        <section className="canvas-code" aria-label="Code">
          <div className="canvas-code-head">
            <button type="button" aria-expanded={room !== "off"} onClick={() => onRoom(room === "off" ? "on" : "off")}>
              <span aria-hidden="true">{room === "off" ? "▸" : "▾"}</span> Code
            </button>
            {room !== "off" && (
              <button
                type="button"
                aria-pressed={wide}
                title="The room of the form for the code (Shift E)"
                onClick={() => onRoom(wide ? "on" : "wide")}
              >
                {wide ? "Show the form" : "More room"}
              </button>
            )}
          </div>
          {room !== "off" && code}
        </section>
      </aside>
    </>
  );
}
