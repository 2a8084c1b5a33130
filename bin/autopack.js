#!/usr/bin/env node
// Starts the program on a Node that can run it. Nothing here is newer than Node 12.20, so that an old one gets as far
// as the sentence that says what is needed.
import { spawn } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import module from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { setFlagsFromString } from "node:v8";

const root = dirname(dirname(realpathSync(fileURLToPath(import.meta.url))));
const [major, minor] = process.versions.node.split(".").map(Number);
const entry = join(root, "dist", "cli", "main.js");
const bundled = join(root, "node_modules", "node", "bin", "node");

if (major < 22 || (major === 22 && minor < 15)) {
  if (existsSync(bundled)) runBundled();
  else
    refuse(
      "node-too-old",
      `autopack needs Node 22.15 or newer, and this is ${process.versions.node}.`,
      "Install a newer Node.",
    );
} else if (existsSync(entry)) {
  if (module.enableCompileCache) module.enableCompileCache();
  // To start a child takes the longer the more memory this process has, and a run starts thousands; and folding a long
  // ledger leaves more garbage than it needs memory. So the room for young objects does not grow, and that for old
  // ones by half at a time.
  if (["run", "resume", "ledger"].some((command) => process.argv.includes(command)))
    setFlagsFromString("--semi-space-growth-factor=1 --heap-growing-percent=50");
  import(pathToFileURL(entry).href);
} else refuse("not-built", `autopack is not built yet in ${root}.`, "Run `npm ci` there.");

function refuse(code, message, action) {
  if (process.argv.includes("--json"))
    process.stdout.write(
      `${JSON.stringify({ schemaVersion: 1, error: { code, message, action } }, null, 2)}\n`,
    );
  else process.stderr.write(`${message} ${action}\n`);
  process.exitCode = 4;
}

/** The same command line on the Node that came with the package; signals are passed on, the exit code comes back. */
function runBundled() {
  const child = spawn(bundled, process.argv.slice(1), { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) =>
    refuse(
      "node-not-started",
      `${bundled} could not be started: ${error.message}.`,
      "Install Node 22.15 or newer.",
    ),
  );
  child.on("exit", (code, signal) => {
    process.exitCode = code === null ? 128 + constants.signals[signal] : code;
  });
}
