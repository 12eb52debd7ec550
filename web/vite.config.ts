import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const api = process.env.GNOMON_API ?? "http://127.0.0.1:7117";

export default defineConfig({
  // Relative addresses let the server mount the page under a prefix; it writes the <base href>.
  base: "./",
  plugins: [react()],
  build: {
    target: "es2022",
    outDir: "../src/gnomon/static",
    emptyOutDir: true,
    // A font inlined as data: would be refused by the page's content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // three.js, which comes with the first scene and not before.
    chunkSizeWarningLimit: 560,
  },
  server: { host: "127.0.0.1", proxy: { "/api": { target: api, ws: true }, "/version": api } },
  // Files share workers: what is tested without a browser keeps nothing behind, and loading it anew took most of the time.
  test: { include: ["test/**/*.test.ts"], environment: "node", isolate: false },
});
