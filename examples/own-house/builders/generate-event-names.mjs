// Writes a module that lists the names of a phase's events, read from the table of transitions, and its test.
// What it writes first is not formatted; when the order says that a check failed, it calls the formatter too.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { Lang, parse } from "@ast-grep/napi";

const source = parse(Lang.TypeScript, readFileSync("src/domain/transitions.ts", "utf8")).root();
const table = source.find({
  rule: { kind: "variable_declarator", has: { kind: "identifier", regex: "^phaseTransitions$" } },
});
const literals = table?.findAll({ rule: { kind: "string_fragment" } }) ?? [];
// The names of states are single words.
const names = [...new Set(literals.map((node) => node.text()))].filter((name) => name.includes("-"));
if (names.length === 0) throw new Error("src/domain/transitions.ts names no events");

const module = "src/domain/event-names.ts";
const test = "src/domain/event-names.test.ts";
writeFileSync(
  module,
  `/** The names of all events of a phase. */\nexport const phaseEventNames = ${JSON.stringify(names.sort())} as const\n`,
);
writeFileSync(
  test,
  `import { expect, test } from "vitest";
import { phaseEventNames } from "./event-names.ts";
import { phaseTransitions } from "./transitions.ts";

test("the list holds the events of every transition", () => {
  const known = new Set(Object.values(phaseTransitions).flatMap((events) => Object.keys(events)));
  expect([...phaseEventNames]).toEqual([...known].sort());
});
`,
);
const order = readFileSync(process.env.AUTOPACK_PROMPT_FILE, "utf8");
if (order.includes("What was tried before"))
  process.exitCode =
    spawnSync("npm", ["exec", "--", "biome", "check", "--write", module, test], { stdio: "inherit" })
      .status ?? 1;
