#!/usr/bin/env node
// Starts the program on a Node that can run it. Kept in plain JavaScript that any Node parses.
import { spawnSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import module from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(realpathSync(fileURLToPath(import.meta.url))));
const [major, minor] = process.versions.node.split(".").map(Number);
const entry = join(root, "dist", "cli", "main.js");

if (major < 22 || (major === 22 && minor < 15)) {
  const bundled = join(root, "node_modules", "node", "bin", "node");
  if (!existsSync(bundled)) {
    process.stderr.write(
      `autopack needs Node 22.15 or newer; this is ${process.versions.node}. Install a newer Node, or run npm ci in ${root}.\n`,
    );
    process.exit(2);
  }
  const child = spawnSync(bundled, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  process.exit(child.status ?? 130);
} else if (!existsSync(entry)) {
  process.stderr.write(`autopack is not built yet: run npm run build in ${root}.\n`);
  process.exit(2);
} else {
  module.enableCompileCache?.();
  await import(pathToFileURL(entry).href);
}
