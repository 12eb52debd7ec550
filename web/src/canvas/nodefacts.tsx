/** What is known of a node beside its parameters: its name, what goes in and comes out, what it costs, a note. */

import { type KeyboardEvent, type ReactNode, useEffect, useId, useMemo, useState } from "react";
import { portsOf } from "../lib/card.ts";
import { formatBytes, formatExact, formatNumber } from "../lib/format.ts";
import { type Components, type Graph, type GraphNode, isName, type Report } from "../lib/graph.ts";
import { outText } from "../lib/totals.ts";
import { Fact } from "./fields.tsx";

interface NameProps {
  readonly name: string;
  readonly taken: readonly string[];
  readonly onRename: (to: string) => void;
  readonly children: ReactNode;
}

/** A name is changed as a whole, in code and statistics too: by Enter or by leaving the field. */
export function NameField({ name, taken, onRename, children }: NameProps) {
  const [text, setText] = useState(name);
  const id = useId();
  useEffect(() => setText(name), [name]);
  const wrong = text === name ? null : wrongName(text, taken);
  const keep = (): void => {
    if (text !== name && wrong === null) onRename(text);
    else setText(name);
  };
  const key = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && wrong === null) keep();
    else if (event.key === "Escape") setText(name);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="name-field">
      <div className="name-row">
        <input
          type="text"
          className="mono"
          aria-label="Name of the node"
          aria-invalid={wrong !== null}
          aria-describedby={wrong === null ? undefined : id}
          autoComplete="off"
          spellCheck={false}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={key}
          onBlur={() => wrong === null && keep()}
        />
        <span className="name-type muted">{children}</span>
      </div>
      {wrong !== null && (
        <p id={id} className="bad field-wrong" role="alert">
          {wrong}
        </p>
      )}
    </div>
  );
}

function wrongName(text: string, taken: readonly string[]): string | null {
  if (taken.includes(text)) return `There is a ${text} already: names differ.`;
  return isName(text) ? null : "Expected a name such as conv1: a-z, 0-9 and _, no word of Python’s.";
}

interface FactsProps {
  readonly graph: Graph;
  readonly report: Report | null;
  readonly components: Components;
  readonly node: GraphNode;
  readonly onPick: (node: string) => void;
}

export function NodeFacts({ graph, report, components, node, onPick }: FactsProps) {
  const found = report?.nodes[node.id];
  const into = graph.edges.filter((edge) => edge.to[0] === node.id);
  const outs = found?.outs ?? [];
  const ports = useMemo(() => portsOf(components, report), [components, report]);
  const outputs = (id: string): readonly string[] => {
    const one = graph.nodes.find((other) => other.id === id);
    return one ? ports(one).outputs.map(({ name }) => name) : [];
  };
  const names = outputs(node.id);
  return (
    <section className="facts" aria-label={`What is known of ${node.id}`}>
      <dl>
        {into.map(({ from, to }) => (
          <Fact key={`${from.join()} ${to.join()}`} name={to[1]}>
            <button type="button" className="link key" title={`Go to ${from[0]}`} onClick={() => onPick(from[0])}>
              {from[1] === "out" ? from[0] : from.join(".")}
            </button>{" "}
            <span className="shape">{outText(report, from, outputs(from[0]))}</span>
          </Fact>
        ))}
        {found?.blocked && <Fact name="out">waits for an error before it</Fact>}
        {!found?.blocked &&
          outs.map((out, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: ports have a fixed order
            <Fact key={i} name={names[i] ?? `out ${i + 1}`}>
              <span className="shape">{out.text}</span> <span className="muted">{out.dtype}</span>
            </Fact>
          ))}
        {found && !found.blocked && (
          <>
            {found.params > 0 && (
              <Fact name="parameters" title={formatExact(found.params)}>
                {formatNumber(found.params)}
                {found.state > 0 && <span className="muted"> + {formatNumber(found.state)} kept</span>}
              </Fact>
            )}
            {found.flops > 0 && (
              <Fact name="FLOPs" title={`${formatExact(found.flops)} for one sample, a multiply-add counted as two`}>
                {formatNumber(found.flops, 3)}
              </Fact>
            )}
            <Fact name="memory" title="Of what one sample leaves here">
              {formatBytes(found.memory_bytes)}
            </Fact>
            {found.receptive && found.receptive.length > 0 && (
              <Fact name="sees" title="Receptive field: how much of the input one place here depends on">
                <span className="shape">{found.receptive.join("×")}</span> <span className="muted">of the input</span>
              </Fact>
            )}
          </>
        )}
      </dl>
    </section>
  );
}

export function Note({ note, onChange }: { note: string; onChange: (text: string) => void }) {
  const id = useId();
  return (
    <div className="note-field">
      <label htmlFor={id}>note</label>
      <textarea
        id={id}
        rows={Math.min(8, Math.max(2, note.split("\n").length))}
        placeholder="Why it is as it is"
        value={note}
        onChange={(event) => onChange(event.target.value)}
      />
    </div>
  );
}
