/**
 * What the anti-tamper rules say of a real history, each commit against its first parent: findings per 100 commits by
 * rule and severity, and every one with its place; with no changed file owned by the phase, and with all. Then the
 * files per second, beside the parser alone on the same files.
 * npm run bench:tamper -- REPO [COMMITS]
 */
import { execFileSync } from "node:child_process";
import { parseSync } from "oxc-parser";
import type { TamperFinding } from "../src/domain/finding.ts";
import { isTestPath } from "../src/domain/paths.ts";
import { assessTampering } from "../src/verification/tamper/assess.ts";
import type { TamperFile } from "../src/verification/tamper/model.ts";

const repository = process.argv[2] ?? ".";
const most = Number(process.argv[3] ?? 500);
const git = (...args: string[]) =>
  execFileSync("git", ["-C", repository, "-c", "core.quotepath=false", ...args], {
    maxBuffer: 1 << 30,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });

function changeOf(commit: string): TamperFile[] {
  const raw = git("diff", "--raw", "--no-renames", "--no-abbrev", "-z", `${commit}^1`, commit).split("\0");
  const files: TamperFile[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const [oldMode = "", newMode = "", oldBlob = "", newBlob = ""] = (raw[at] ?? "").slice(1).split(" ");
    const path = raw[at + 1] ?? "";
    const textOf = (mode: string, blob: string) =>
      mode.startsWith("100") ? git("cat-file", "blob", blob) : null;
    const [oldText, newText] = [textOf(oldMode, oldBlob), textOf(newMode, newBlob)];
    if (oldText?.includes("\0") || newText?.includes("\0")) continue;
    const status = oldText === null ? "added" : newText === null ? "deleted" : "modified";
    files.push({ path, status, oldText, newText, isTest: isTestPath(path) });
  }
  return files;
}

const commits = git("rev-list", "--no-merges", "--min-parents=1", `--max-count=${most}`, "HEAD")
  .trim()
  .split("\n");
let [judging, parsing, files, slowest] = [0, 0, 0, 0];

async function findingsOf(isOwned: boolean) {
  const found: (TamperFinding & { commit: string })[] = [];
  for (const commit of commits) {
    const change = changeOf(commit);
    const begun = performance.now();
    const findings = await assessTampering(change, { owned: () => isOwned, allow: [] });
    const took = performance.now() - begun;
    slowest = Math.max(slowest, took);
    judging += took;
    for (const { path, oldText, newText } of change) {
      files++;
      if (!/\.[cm]?[jt]sx?$/.test(path)) continue;
      const started = performance.now();
      for (const text of [oldText, newText]) if (text !== null) void parseSync(path, text).program;
      parsing += performance.now() - started;
    }
    found.push(...findings.map((finding) => ({ ...finding, commit: commit.slice(0, 9) })));
  }
  return found;
}

function print(title: string, found: readonly TamperFinding[]): void {
  console.log(`\n${title}: ${commits.length} commits, findings per 100 commits`);
  const rules = [...new Set(found.map(({ rule }) => rule))].sort();
  const per = (some: readonly unknown[]) => ((some.length * 100) / commits.length).toFixed(1).padStart(7);
  console.log(`${"".padEnd(28)}  block review   note`);
  for (const rule of [...rules, "all"]) {
    const mine = found.filter((one) => rule === "all" || one.rule === rule);
    const cells = ["block", "review", "note"].map((severity) =>
      per(mine.filter((one) => one.severity === severity)),
    );
    console.log(`${rule.padEnd(28)}${cells.join("")}`);
  }
}

const foreign = await findingsOf(false);
const owned = await findingsOf(true);
for (const { commit, severity, rule, path, line, message } of foreign)
  console.log(`${commit} ${severity} ${rule} ${path}:${line} ${message}`);
print("no file owned", foreign);
print("every file owned", owned);
const perSecond = (ms: number) => Math.round((files * 1000) / ms);
console.log(
  `\n${files} files: ${perSecond(judging)} a second, ${Math.round(judging)} ms; the parser alone on the scripts among them ${Math.round(parsing)} ms (${(judging / parsing).toFixed(1)} times); slowest change ${Math.round(slowest)} ms`,
);
