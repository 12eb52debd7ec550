/** Surfaces made of triangles. */

import { plural } from "../../lib/format.ts";
import { decodeMesh, type MeshData } from "../../lib/payload.ts";
import { type Choice, chosen } from "./controls.ts";
import { plain, type SceneKind, SceneView } from "./scene/view.ts";
import type { MakeRecordView, RecordItem } from "./view.ts";

const DRAW: Choice = {
  name: "draw",
  label: "Draw as",
  options: [
    ["solid", "Solid"],
    ["wire", "Wires"],
  ],
};

function colourChoice(data: MeshData | null): Choice {
  const options: [string, string][] = [["plain", "Run's colour"]];
  if (data?.rgb) options.unshift(["rgb", "Own colours"]);
  return { name: "colour", label: "Colours", options };
}

const MESH: SceneKind<MeshData> = {
  colours: colourChoice,
  dims: () => 3,
  content: ({ vertices, faces, rgb }, how, own) => ({
    position: vertices,
    faces,
    colour: how === "rgb" && rgb ? rgb : plain(vertices.length / 3, own),
  }),
  show: ({ vertices, faces }, item, props, box) => {
    const facts = `${plural(vertices.length / 3, "vertex", "vertices")}   ${plural(faces.length / 3, "face")}`;
    return {
      look: { pointPx: 3, wire: chosen(props.settings, DRAW) === "wire" },
      planar: false,
      facts: `${facts}   ${box.join("   ")}`,
      label: `Mesh of ${item.run.name}, ${facts}, ${box.join(", ")}.`,
      words: () => ["vertex"],
    };
  },
};

class MeshView extends SceneView<MeshData> {
  protected choices(): readonly Choice[] {
    return [DRAW, this.colours];
  }

  protected async read({ run, record }: RecordItem): Promise<MeshData> {
    return decodeMesh(record.meta, await this.reader.data(run.id, record.id));
  }
}

export const makeMeshView: MakeRecordView = (host, props, reader) => {
  const view = new MeshView(host, props, reader, "mesh", MESH);
  view.update(props);
  return view;
};
