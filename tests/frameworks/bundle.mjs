/** Bundles one page: `node bundle.mjs <entry> <out> <node_modules with the package> [name=other …]`, where `other` is taken for `name`. */
import { readFile } from "node:fs/promises";
import { build } from "esbuild";
import { compile } from "svelte/compiler";

const [entry, out, modules, ...aliases] = process.argv.slice(2);

const svelte = {
  name: "svelte",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.svelte$/ }, async ({ path }) => {
      const { js } = compile(await readFile(path, "utf-8"), { filename: path, css: "injected", dev: true });
      return { contents: js.code, loader: "js" };
    }),
};

await build({
  entryPoints: [entry],
  outfile: out,
  bundle: true,
  format: "esm",
  jsx: "automatic",
  conditions: ["browser", "development"],
  define: { "process.env.NODE_ENV": '"development"' },
  alias: Object.fromEntries(aliases.map((one) => one.split("="))),
  nodePaths: [modules, `${import.meta.dirname}/node_modules`],
  plugins: [svelte],
  logLevel: "warning",
});
