import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { expectRefused, snapshot } from "./harness/bad-input.ts";
import { callCli, createProject, type Project, writePlan } from "./harness/cli.ts";

const sound = { tiers: [[{ id: "one" }]] };
const lines = (...all: readonly string[]) => `${all.join("\n")}\n`;
const head = lines("version: 1", "run: { id: p, goal: g }");

const bomb = lines(
  "a: &a [x, x, x, x, x, x, x, x, x]",
  ..."bcdefghi"
    .split("")
    .map((name, index) => `${name}: &${name} [${`*${"abcdefghi"[index]}, `.repeat(9).slice(0, -2)}]`),
);

it.each<[string, string | Buffer, string, string?]>([
  ["nothing at all", "", "1:1"],
  ["comments alone", "# nothing\n", "1:1"],
  ["a broken flow", "version: 1\nrun: {id: [p\n", "2:"],
  ["tabs for indentation", "version: 1\nrun:\n\tid: p\n", "3:1"],
  ["a list", "- a\n- b\n", "1:1"],
  ["a number", "42\n", "1:1"],
  ["a number", "42\n", "1:1"],
  ["several documents", "version: 1\n---\nversion: 1\n", "2:1"],
  ["aliases that multiply", bomb, "too many values"],
  ["an alias that holds itself", "a: &a [*a]\n", "1:"],
  ["an alias to nothing", `${head}tiers: *nobody\n`, "3:8"],
  ["nesting without end", `a: ${"[".repeat(200_000)}`, "1:1", "nested too deeply"],
  ["nested mappings without end", "{a: ".repeat(50_000), "1:1", "nested too deeply"],
  ["nested blocks without end", `${"- ".repeat(50_000)}x`, "1:1", "nested too deeply"],
  ["a huge key", `${"k".repeat(900_000)}: 1\n`, ":"],
  ["a key that is a mapping", "? {a: 1}\n: b\n", "1:3"],
  ["merge keys", `${head}base: &base { x: 1 }\ntiers: { <<: *base }\n`, ":"],
  ["duplicate keys", `${head}run: { id: q, goal: g }\n`, "3:1"],
  ["a tag that runs code", `${head}tiers: !!js/function "function () { return 1 }"\n`, "3:8"],
  ["a tag of its own", `${head}tiers: !evil x\n`, "3:8"],
  ["a binary tag", `${head}tiers: !!binary aGVsbG8=\n`, "3:8"],
  ["a key of the prototype", `${head}__proto__: { polluted: true }\n`, "3:1"],
  ["UTF-16", Buffer.from(`\ufeff${head}`, "utf16le"), "1:1", "UTF-16"],
  ["UTF-16 without a mark", Buffer.from(head, "utf16le"), "1:2", "NUL"],
  ["a NUL character", `${head}tiers: "a\0b"\n`, "3:10", "NUL"],
  ["an escaped NUL character", `${head}tiers: "a\\0b"\n`, "3:8"],
  [
    "bytes that are no UTF-8",
    Buffer.concat([Buffer.from(`${head}tiers: `), Buffer.from([0xe4, 0x6f])]),
    "3:8",
  ],
  ["a binary", Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0]), "1:8", "NUL"],
  ["control characters in an id", 'version: 1\nrun: { id: "a\\e[31m", goal: g }\n', "2:"],
])("refuses a plan of %s", async (_, content, place, words = "") => {
  const project = createProject();
  const plan = join(project.folder, "plan.yaml");
  writeFileSync(plan, content);
  const before = snapshot(project);
  const linted = await callCli(project, "plan", "lint", plan, "--json");
  expect(linted.code).toBe(2);
  expect(linted.json.errors).toBeGreaterThan(0);
  const [first] = linted.json.findings;
  console.log(
    _,
    `${first.line}:${first.column}: ${first.code} ${first.message}`,
    linted.json.findings.length,
  );
  expect(snapshot(project)).toEqual(before);
});
