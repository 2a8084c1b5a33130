/**
 * Loaded into a program by `node --import`: when it exits, the file $AUTOPACK_BENCH_REPORT says how long at least one
 * of its children was under way, and how many of them were git. What one of them starts for it counts as its own.
 */
import { subscribe } from "node:diagnostics_channel";
import { writeFileSync } from "node:fs";

const report = process.env["AUTOPACK_BENCH_REPORT"];
let underWay = 0;
let since = 0;
let busyMs = 0;
let gitCalls = 0;

function begin(program) {
  if (program.endsWith("git")) gitCalls += 1;
  if (underWay++ === 0) since = performance.now();
}
function end() {
  if (--underWay === 0) busyMs += performance.now() - since;
}

function observeStarter(child) {
  const send = child.send;
  const seen = new Set();
  child.send = (message, ...rest) => {
    begin(message.call.argv[0]);
    seen.add(message.id);
    return send.call(child, message, ...rest);
  };
  child.on("message", ({ id }) => {
    if (seen.delete(id)) end();
  });
}

subscribe("child_process", ({ process: child }) => {
  child.once("spawn", () => {
    const args = child.spawnargs;
    // Those wait for questions: the time in which they answer counts as the program's own.
    if (args.includes("--batch-command") || args.includes("--stdin")) return;
    const is = (name) => args.some((argument) => argument.includes(name));
    if (is("apart-child")) return;
    if (is("starter-child")) return observeStarter(child);
    begin(child.spawnfile);
    child.once("exit", end);
  });
});

process.on("exit", () => {
  if (report) writeFileSync(report, JSON.stringify({ busyMs, gitCalls }));
});
