/**
 * Loaded into a program by `node --import`: when it exits, the file $AUTOPACK_BENCH_REPORT says how long at least one
 * of its children was under way, and how many of them were git.
 */
import { subscribe } from "node:diagnostics_channel";
import { writeFileSync } from "node:fs";

const report = process.env["AUTOPACK_BENCH_REPORT"];
let underWay = 0;
let since = 0;
let busyMs = 0;
let gitCalls = 0;

subscribe("child_process", (message) => {
  const { process: child } = message;
  child.once("spawn", () => {
    // That one waits for questions: the time in which it answers them counts as the program's own.
    if (child.spawnargs.includes("--batch-command")) return;
    if (child.spawnfile.endsWith("git")) gitCalls += 1;
    if (underWay++ === 0) since = performance.now();
    child.once("exit", () => {
      if (--underWay === 0) busyMs += performance.now() - since;
    });
  });
});

process.on("exit", () => {
  if (report) writeFileSync(report, JSON.stringify({ busyMs, gitCalls }));
});
