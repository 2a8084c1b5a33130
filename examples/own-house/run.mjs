// Carries out plan.yaml on a clone of this repository's last commit, with progress, and compares what came of every
// phase with promised.yaml. Exits 0 when all is as promised.  npm run own-house [-- --keep]
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { parse } from "yaml";

const keep = process.argv.includes("--keep");
const root = join(import.meta.dirname, "..", "..");
const folder = realpathSync(mkdtempSync(join(tmpdir(), "autopack-own-house-")));
const clone = join(folder, "autopack");
const programs = join(folder, "bin");
const env = {
  ...process.env,
  PATH: `${programs}${delimiter}${process.env.PATH}`,
  XDG_STATE_HOME: join(folder, "state"),
  XDG_CONFIG_HOME: join(folder, "config"),
};

const start = (program, args, stdout) =>
  spawnSync(program, args, { env, encoding: "utf8", stdio: ["ignore", stdout, "inherit"] });
const autopack = (args, stdout) =>
  start(process.execPath, [join(root, "bin", "autopack.js"), "-C", clone, ...args], stdout);

function carryOut() {
  // Without scripts npm does not link the Node that this project brings: the checks get the one that runs this.
  mkdirSync(programs);
  copyFileSync(process.execPath, join(programs, "node"));
  const cloned = start("git", ["clone", "--quiet", root, clone], "inherit");
  if (cloned.status !== 0) return cloned.status ?? 1;
  autopack(["run", join(clone, "examples", "own-house", "plan.yaml"), "--keep-going"], "inherit");
  const report = autopack(["report", "--verify", "--json"], "pipe");
  if (!report.stdout) return report.status ?? 1;
  return compare(JSON.parse(report.stdout));
}

function compare({ phases, certificateChecks }) {
  const promised = parse(readFileSync(join(import.meta.dirname, "promised.yaml"), "utf8")).phases;
  const came = new Map(phases.map((phase) => [phase.phaseId, endingOf(phase)]));
  const wrong = Object.keys(promised).filter(
    (id) => !isDeepStrictEqual(came.get(id), endingIn(promised[id])),
  );
  const broken = certificateChecks.filter((check) => check.discrepancies.length > 0);
  console.log("\n# What was promised, and what came\n");
  for (const [id, { because }] of Object.entries(promised)) {
    const mark = wrong.includes(id) ? "NOT" : "ok";
    console.log(`${mark.padEnd(4)} ${id.padEnd(14)} ${because.padEnd(40)} ${JSON.stringify(came.get(id))}`);
  }
  console.log(`\n${certificateChecks.length} certificates checked again, ${broken.length} of them broken.`);
  console.log(
    wrong.length === 0 ? "All outcomes are the promised ones." : `Not as promised: ${wrong.join(", ")}.`,
  );
  return wrong.length + broken.length === 0 ? 0 : 1;
}

const endingIn = (promise) =>
  Object.fromEntries(Object.entries(promise).filter(([key]) => key !== "because"));
const endingOf = ({ state, attempts, failure, blockedBy }) => ({
  state,
  attempts,
  ...(failure ? { failure: failure.kind } : {}),
  ...(blockedBy ? { blocked_by: blockedBy } : {}),
});

try {
  process.exitCode = carryOut();
} finally {
  if (keep) console.log(`The folder is kept: ${folder}`);
  else rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
