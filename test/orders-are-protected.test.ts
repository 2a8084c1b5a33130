import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { resolveConfig } from "../src/config.ts";
import { admitPlan } from "../src/executor/admit-plan.ts";
import { createClock } from "../src/platform/clock.ts";
import { createProcesses } from "../src/platform/processes.ts";
import { createRepository, temporaryFolder, writeTree } from "./harness/temp.ts";
import { createWorld } from "./harness/workspaces.ts";

/** The paths that lint refuses as protected when a plan at `planPath` wants to deliver all of `deliverables`. */
async function protectedOf(planPath: string, deliverables: readonly string[]) {
  const folder = temporaryFolder();
  const root = join(folder, "repo");
  createRepository(root, { "readme.txt": "x\n" });
  symlinkSync("repo", join(folder, "way"));
  mkdirSync(join(root, "conf"));
  writeTree(root, { "conf/autopack.yaml": "version: 1\n", "readme.txt": "x\n" });
  symlinkSync("conf/autopack.yaml", join(root, "autopack.yaml"));
  symlinkSync("plans/{a,b}.json", join(root, "today.json"));
  const plan = {
    version: 1,
    run: { id: "x", goal: "g" },
    checks: { test: "true" },
    tiers: [
      {
        id: "t",
        phases: [
          {
            id: "p",
            description: "d",
            category: "docs",
            deliverables: deliverables.map((path) => ({ path })),
            scope: { write: ["**"] },
            builder: { scripted: "script (1).yaml" },
          },
        ],
      },
    ],
  };
  writeTree(root, { "plans/{a,b}.json": JSON.stringify(plan), "plans/script (1).yaml": "attempts: []\n" });
  writeTree(root, { "..plan.json": JSON.stringify(plan), "!plan.json": JSON.stringify(plan) });
  const home = { path: process.env["PATH"] ?? "", home: folder, lang: undefined, tz: undefined };
  const clock = createClock();
  const processes = createProcesses({
    ...home,
    tmpRoot: folder,
    secrets: [],
    sandbox: "off",
    objects: [],
    hidden: [],
    sampleMs: 1000,
    clock,
  });
  const { findings } = await admitPlan({
    platform: { ...createWorld(), processes },
    root,
    home: folder,
    own: [],
    variables: {},
    config: resolveConfig({}),
    configPath: join(root, "autopack.yaml"),
    planPath: join(folder, planPath),
    workspaceRoot: join(folder, "workspaces"),
  });
  return findings.flatMap(({ code, message }) =>
    code === "deliverable-protected" ? [message.slice(0, message.indexOf(" is protected"))] : [],
  );
}

it.each(["repo/plans/{a,b}.json", "repo/today.json", "way/today.json"])(
  "no phase of the plan at %s delivers that plan or the configuration, wherever links lead",
  async (planPath) => {
    const orders = ["plans/{a,b}.json", "conf/autopack.yaml"];
    expect(await protectedOf(planPath, [...orders, "a.txt"])).toEqual(orders);
  },
);

it("nor the script of its builder", async () => {
  const script = "plans/script (1).yaml";
  expect(await protectedOf("repo/plans/{a,b}.json", [`./${script}`, "a.txt"])).toEqual([script]);
});

it.each(["..plan.json", "!plan.json"])(
  "a plan named %s is protected, and nothing else for it",
  async (name) => {
    expect(await protectedOf(`repo/${name}`, [name, "a.txt"])).toEqual([name]);
  },
);

it.each(["../../.ssh/id", "/etc/passwd", ".git/config", "x/.GIT/hooks/y"])(
  "the configuration cannot carry %s",
  (path) => {
    const file = { path: "autopack.yaml", text: JSON.stringify({ version: 1, carry: [path] }) };
    expect(() => resolveConfig({ repository: file })).toThrow("carry");
  },
);
