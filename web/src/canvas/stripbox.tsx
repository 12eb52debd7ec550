/** The preview on a card, and where the canvas says which cards are in sight. */

import { useStore as useFlowStore, useStoreApi } from "@xyflow/react";
import { createContext, memo, useContext, useEffect, useRef, useSyncExternalStore } from "react";
import { CARD_WIDTH, STRIP } from "../lib/card.ts";
import { type NodePreview, saysOf } from "../lib/preview.ts";
import type { Previews } from "../state/previews.ts";
import { useStore } from "../state/store.ts";
import { useTheme } from "../state/theme.ts";
import { following, onCards } from "../state/watched.ts";
import { useFar } from "./distance.tsx";
import { type StripSize, StripView } from "./strip.ts";

/** Previews of the graph that is drawn; `null` where none are shown. */
export const Shows = createContext<Previews | null>(null);

/** Whether previews are shown. */
export function usePreviewsOn(): boolean {
  const view = useContext(Shows)?.view;
  return useSyncExternalStore(view?.subscribe ?? NEVER, () => view?.get().on ?? false);
}

const NEVER = (): (() => void) => () => {};
const PADDING = 10;
export const SIZE = { width: CARD_WIDTH - 2 * PADDING - 2, height: STRIP.height };
/** Beside what the data say of the sample. */
const BESIDE = { ...SIZE, width: SIZE.width - 44 };
/** Beyond the window, in pixels: what comes into sight is there already. */
const AROUND = 120;
const REST_MS = 120;

export const StripBox = memo(function StripBox({ node }: { node: string }) {
  const previews = useContext(Shows);
  return previews && <Shown previews={previews} node={node} />;
});

function Shown({ previews, node }: { previews: Previews; node: string }) {
  const { preview, stale, trouble, missing, drawn } = useStore(previews.of(node));
  const label = useSyncExternalStore(previews.view.subscribe, () => previews.view.get().sample?.label[node]);
  const words = trouble ? trouble.message : missing;
  return (
    <div
      className={`node-strip ${stale && preview ? "stale" : ""} ${trouble ? "failed" : ""}`}
      title={
        words ||
        (preview ? `${saysOf(preview)}${drawn ? "; random weights: the run has none that fit" : ""}` : undefined)
      }
    >
      <Drawn preview={preview} size={label === undefined ? SIZE : BESIDE} />
      {words !== "" && <p>{words}</p>}
      {preview && drawn && <small>random</small>}
      {preview && label !== undefined && <b title={`What the data say of this sample: ${label}`}>is {label}</b>}
    </div>
  );
}

/** The drawing of a preview; another size is another drawing. */
export function Drawn({ preview, size }: { preview: NodePreview | null; size: StripSize }) {
  const theme = useTheme();
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<StripView | null>(null);
  const { width, height, only } = size;
  useEffect(() => {
    if (!host.current) return;
    view.current = new StripView(only ? { width, height, only } : { width, height });
    view.current.mount(host.current);
    return () => view.current?.destroy();
  }, [width, height, only]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new drawing is empty
  useEffect(() => view.current?.update(preview, theme), [preview, theme, width, height, only]);
  return <div ref={host} className="strip-drawn" style={{ width, height }} />;
}

/** Tells which nodes are in sight once the graph stands still; none from afar. Lives inside React Flow. */
export function Sight() {
  const previews = useContext(Shows);
  const far = useFar();
  const what = useStore(onCards);
  const hidden = useStore(following) !== null && what === "statistics";
  const store = useStoreApi();
  const nodes = useFlowStore((state) => state.nodes);
  // biome-ignore lint/correctness/useExhaustiveDependencies: other nodes, other sight
  useEffect(() => {
    if (!previews) return;
    let timer = 0;
    const tell = (): void => previews.look(far || hidden ? [] : inSight(store.getState()));
    const later = (): void => {
      window.clearTimeout(timer);
      timer = window.setTimeout(tell, REST_MS);
    };
    later();
    const stop = store.subscribe((now, before) => {
      if (now.transform !== before.transform || now.width !== before.width || now.height !== before.height) later();
    });
    return () => {
      window.clearTimeout(timer);
      stop();
    };
  }, [previews, far, hidden, store, nodes]);
  return null;
}

interface Seen {
  readonly transform: readonly [number, number, number];
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly {
    readonly id: string;
    readonly type?: string | undefined;
    readonly position: { readonly x: number; readonly y: number };
    readonly width?: number | undefined;
    readonly height?: number | undefined;
  }[];
}

/** Cards within the window or a little beside it. */
export function inSight({ transform: [x, y, zoom], width, height, nodes }: Seen): readonly string[] {
  return nodes.flatMap((node) => {
    if (node.type !== "card") return [];
    const [left, top] = [node.position.x * zoom + x, node.position.y * zoom + y];
    const [right, bottom] = [left + (node.width ?? 0) * zoom, top + (node.height ?? 0) * zoom];
    const seen = right > -AROUND && bottom > -AROUND && left < width + AROUND && top < height + AROUND;
    return seen ? [node.id] : [];
  });
}
