import { defineConfig } from "vite";

const entries = ["page.ts", "map.ts", "flight.ts", "draw.ts", "place.ts", "board.ts", "offline.ts", "worker.ts", "area.ts", "api.ts", "style.css", "map_style.css", "api.css"];

export default defineConfig({
  base: "/static/dist/",
  publicDir: false,
  build: {
    outDir: "../static/dist",
    emptyOutDir: true,
    manifest: true,
    // Nothing as a data: address: the content security policy and the cache both prefer files.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2020",
    // The page of the API is one large library, loaded nowhere else.
    chunkSizeWarningLimit: 1_600,
    rollupOptions: {
      input: entries.map((name) => `src/${name}`),
      // The area module is imported by the test that compares it with the server.
      preserveEntrySignatures: "allow-extension",
    },
  },
});
