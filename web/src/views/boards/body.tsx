/** What is inside a panel, by its kind. */

import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { frameUrl, imageUrl, type PanelRow } from "../../api/boards.ts";
import { address } from "../../api/client.ts";
import { CopyButton } from "../../components/copy.tsx";
import { Trouble } from "../../components/trouble.tsx";
import { formatExact, formatNumber, wireNumber } from "../../lib/format.ts";
import { useShade } from "../../state/theme.ts";
import { LinesPanel } from "./lines.tsx";
import { BoardRecord, type RecordAsked } from "./record.ts";
import { SwapFrame } from "./swap.ts";

interface Props {
  readonly panel: PanelRow;
  /** UTC seconds of the past that is shown; `null` is now. */
  readonly at: number | null;
}

export function PanelBody({ panel, at }: Props) {
  switch (panel.kind) {
    case "line":
    case "series":
      return <LinesPanel panel={panel} past={at !== null} />;
    case "number":
      return <NumberPanel panel={panel} />;
    case "text":
      return panel.value === null ? <Waiting panel={panel} /> : <TextPanel text={String(panel.value)} />;
    case "image":
      return panel.value === null ? <Waiting panel={panel} /> : <ImagePanel panel={panel} />;
    case "record":
      return panel.value === null ? (
        <Waiting panel={panel} />
      ) : (
        <RecordPanel value={panel.value as RecordAsked} at={at} />
      );
    default:
      return panel.value === null ? <Waiting panel={panel} /> : <FramePanel panel={panel} />;
  }
}

/** What to say to a panel that was made and not fed yet. */
function Waiting({ panel }: { panel: PanelRow }) {
  const path = address(`api/v1/panels/${panel.id}`);
  const image = `curl -T picture.png -H 'content-type: image/png' ${path}/image`;
  const value = `curl -X PATCH ${path} -d '{"value": "hello"}'`;
  const code = panel.kind === "image" ? image : value;
  return (
    <div className="board-waiting">
      <p className="now">
        <span className="dot" aria-hidden="true" /> waiting for its first value
      </p>
      <code>{code}</code> <CopyButton text={code} what="the curl command" />
    </div>
  );
}

function NumberPanel({ panel }: { panel: PanelRow }) {
  const value = wireNumber(panel.value);
  const unit = panel.options.unit;
  return (
    <p
      className={value !== null && !Number.isFinite(value) ? "board-number bad" : "board-number"}
      title={formatExact(value)}
    >
      {formatNumber(value)}
      {typeof unit === "string" && <span> {unit}</span>}
    </p>
  );
}

function TextPanel({ text }: { text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: long text scrolls, and keys must be able to
    <pre className="board-text" tabIndex={0}>
      {text}
    </pre>
  );
}

/** A path of this server, such as the picture of a record. */
function isOurs(url: string): boolean {
  return /^\/?api\/v1\//.test(url) && !url.includes("..");
}

function ImagePanel({ panel }: { panel: PanelRow }) {
  const value = panel.value as { readonly url?: string };
  const alt = panel.title || panel.name;
  if (value.url === undefined) return <img className="board-image" src={imageUrl(panel)} alt={alt} />;
  if (isOurs(value.url)) return <img className="board-image" src={address(value.url.replace(/^\//, ""))} alt={alt} />;
  return <Elsewhere url={value.url} panel={panel} />;
}

/** A picture that lies somewhere else is named, never fetched. */
function Elsewhere({ url, panel }: { url: string; panel: PanelRow }) {
  const remote = /^https?:/i.test(url);
  const upload = `curl -T picture.png -H 'content-type: image/png' ${address(`api/v1/panels/${panel.id}/image`)}`;
  return (
    <div className="board-waiting">
      <p>
        {remote
          ? "This picture lies on another server, and pages here load nothing from elsewhere."
          : "This picture is named by a path that this server does not have."}
      </p>
      {remote ? (
        <a href={url} target="_blank" rel="noopener noreferrer" className="board-link">
          Open {url} in a new tab
        </a>
      ) : (
        <code>{url}</code>
      )}
      <p className="muted">To show it here, upload it:</p>
      <code>{upload}</code> <CopyButton text={upload} what="the curl command" />
    </div>
  );
}

function FramePanel({ panel }: { panel: PanelRow }) {
  const host = useRef<HTMLDivElement>(null);
  const frame = useRef<SwapFrame | null>(null);
  useLayoutEffect(() => {
    const made = new SwapFrame(host.current as HTMLDivElement);
    frame.current = made;
    return () => made.destroy();
  }, []);
  useLayoutEffect(() => {
    const title = panel.title || panel.name;
    frame.current?.update({ src: frameUrl(panel), title, from: panel.dashboard });
  }, [panel]);
  return <div className="board-frame" ref={host} />;
}

function RecordPanel({ value, at }: { value: RecordAsked; at: number | null }) {
  const host = useRef<HTMLDivElement>(null);
  const record = useRef<BoardRecord | null>(null);
  const [told, setTold] = useState<{ words: string; problem: unknown }>({ words: "", problem: null });
  const shade = useShade();
  useLayoutEffect(() => {
    const made = new BoardRecord(host.current as HTMLDivElement, {
      told: (words, problem) => setTold((before) => ({ words: words || before.words, problem })),
    });
    record.current = made;
    return () => made.destroy();
  }, []);
  useLayoutEffect(() => record.current?.show(value, at), [value, at]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shade` says that the colours changed
  useEffect(() => record.current?.repaint(), [shade]);
  return (
    <div className="board-lines">
      <div className="chart-body record-body">
        <div className="record-host" ref={host} />
        {told.problem !== null && <Trouble cause={told.problem} small />}
      </div>
      <div className="chart-foot">
        <span>{value.key}</span> <span>{told.words}</span>
      </div>
    </div>
  );
}
