/** Build each notebook widget into one file that needs nothing beside it: `node scripts/widgets.mjs FOLDER`. */

import { fileURLToPath } from "node:url";
import { build } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));
for (const name of ["chart", "leaderboard", "runs"]) {
  await build({
    root,
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    build: {
      target: "es2022",
      outDir: process.argv[2],
      emptyOutDir: false,
      lib: { entry: `src/widgets/${name}.ts`, formats: ["es"], fileName: () => `${name}.js` },
      minify: true,
    },
  });
}
