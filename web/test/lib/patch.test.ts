import { expect, test } from "vitest";
import { pathOf, readPatch } from "../../src/lib/patch.ts";
import { countIn, sourceLines } from "../../src/views/code/source.ts";

const PATCH = `diff --git a/train.py b/train.py
index 0123..4567 100644
--- a/train.py
+++ b/train.py
@@ -3,3 +3,4 @@ def main():
 same
-old
+new
+++ looks like a head
 end
diff --git "a/d\\303\\244h \\"x\\".py" "b/d\\303\\244h \\"x\\".py"
new file mode 100644
--- /dev/null
+++ "b/d\\303\\244h \\"x\\".py"
@@ -0,0 +1 @@
+only
\\ No newline at end of file
diff --git a/gone b/gone
deleted file mode 100644
index 1..0
--- a/gone
+++ /dev/null
@@ -1 +0,0 @@
-diff --git is text here
diff --git a/run me.sh b/run me.sh
old mode 100644
new mode 100755
`;

test("a patch is read file by file with the numbers of its lines", () => {
  const files = readPatch(PATCH);
  expect(files.map(({ path, change, added, removed }) => [path, change, added, removed])).toEqual([
    ["train.py", "changed", 2, 1],
    ['däh "x".py', "new", 1, 0],
    ["gone", "deleted", 0, 1],
    ["run me.sh", "mode", 0, 0],
  ]);
  expect(files[0]?.lines).toEqual([
    { kind: "head", before: null, after: null, text: "@@ -3,3 +3,4 @@ def main():" },
    { kind: "same", before: 3, after: 3, text: "same" },
    { kind: "removed", before: 4, after: null, text: "old" },
    { kind: "added", before: null, after: 4, text: "new" },
    { kind: "added", before: null, after: 5, text: "++ looks like a head" },
    { kind: "same", before: 5, after: 6, text: "end" },
  ]);
  expect(files[1]?.lines.at(-1)).toMatchObject({ kind: "note" });
  expect(files[3]?.lines.map((line) => line.text)).toEqual(["old mode 100644", "new mode 100755"]);
});

test("an empty patch has no files, and a name with spaces is whole", () => {
  expect(readPatch("")).toEqual([]);
  expect(pathOf("diff --git a/a b/c d b/a b/c d")).toBe("a b/c d");
});

test("source has numbered lines and is searched whatever the case", () => {
  const lines = sourceLines("One\ntwo one\n");
  expect(lines.map((line) => [line.after, line.text])).toEqual([
    [1, "One"],
    [2, "two one"],
  ]);
  expect([countIn(lines, "ONE"), countIn(lines, "x"), countIn(lines, "")]).toEqual([2, 0, 0]);
});
