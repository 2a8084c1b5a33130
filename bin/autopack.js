#!/usr/bin/env node
// Starts the program on a Node that can run it. Kept in plain JavaScript that any Node parses.
import { spawn } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import module from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(realpathSync(fileURLToPath(import.meta.url))));
const [major, minor] = process.versions.node.split(".").map(Number);
const entry = join(root, "dist", "cli", "main.js");
const bundled = join(root, "node_modules", "node", "bin", "node");

function refuse(message) {
  process.stderr.write(`${message}\n`);
  process.exitCode = 4;
}

if (major < 22 || (major === 22 && minor < 15)) {
  if (existsSync(bundled)) runBundled();
  else
    refuse(`autopack needs Node 22.15 or newer, and this is ${process.versions.node}. Install a newer Node.`);
} else if (existsSync(entry)) {
  module.enableCompileCache?.();
  await import(pathToFileURL(entry).href);
} else refuse(`autopack is not built yet. Run npm ci in ${root}.`);

/** The same command line on the Node that came with the package; signals are passed on, the exit code comes back. */
function runBundled() {
  const child = spawn(bundled, process.argv.slice(1), { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal];
  });
}
