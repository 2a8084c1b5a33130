/**
 * How far an orchestrator's word can be trusted: it carries out plans whose builders lie, fail and are cut off, and what
 * it says is compared with what is there. README.md has the measures and the format.
 * npm run bench:honesty -- [--only NAME]... [--adapter NAME|FILE]... [--parallel 1|2] [--json] [--list]
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { carryOut, endProcesses } from "./carry-out.ts";
import { judge } from "./judge.ts";
import { type Judged, ratesOf, renderDifferences, renderRates } from "./rates.ts";
import type { Scenario } from "./scenario.ts";
import { groups } from "./scenarios/all.ts";
import { canIsolate, canMount } from "./troubles.ts";

interface Named {
  readonly scenario: Scenario;
  readonly group: string;
}

export interface Outcome {
  readonly judged: ReadonlyMap<string, readonly Judged[]>;
  readonly skipped: readonly { readonly scenario: string; readonly why: string }[];
}

const adapterFile = (name: string): string =>
  name.includes("/") ? resolve(name) : join(import.meta.dirname, "adapters", `${name}.ts`);

/** Has every adapter carry out the scenarios, at most `parallel` at once. */
export async function measure(
  names: readonly string[],
  adapters: readonly string[],
  parallel: number,
  onJudged: (adapter: string, judged: Judged) => void,
): Promise<Outcome> {
  const all = groups.flatMap((group) => group.scenarios.map((scenario) => ({ scenario, group: group.name })));
  const chosen = all.filter(
    ({ scenario, group }) => names.length === 0 || names.includes(scenario.name) || names.includes(group),
  );
  const { able, skipped } = partition(chosen);
  const root = realpathSync(mkdtempSync(join(tmpdir(), "autopack-honesty-")));
  const interrupted = () => {
    removeAtOnce(root);
    process.exit(130);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, interrupted);
  const results = new Map<string, Judged>();
  const queue = able
    .flatMap((named) => adapters.map((adapter) => ({ ...named, adapter })))
    [Symbol.iterator]();
  const lane = async () => {
    for (const { scenario, group, adapter } of queue) {
      const judged = await judgeOne(scenario, group, adapter, root);
      results.set(`${adapter} ${scenario.name}`, judged);
      onJudged(adapter, judged);
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: parallel }, lane));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, interrupted);
  rmSync(root, { recursive: true, force: true, maxRetries: 3 });
  for (const ended of lanes) if (ended.status === "rejected") throw ended.reason;
  const ofAdapter = (adapter: string) =>
    able.flatMap(({ scenario }) => results.get(`${adapter} ${scenario.name}`) ?? []);
  return {
    judged: new Map(adapters.map((adapter) => [basename(adapter, ".ts"), ofAdapter(adapter)])),
    skipped,
  };
}

/** Leaves nothing behind, without giving anything of this process a turn that would start more. */
function removeAtOnce(root: string): void {
  while (endProcesses(root) > 0) spawnSync("sleep", ["0.05"]);
  for (const name of readdirSync(root)) spawnSync("umount", ["--lazy", join(root, name, "given")]);
  rmSync(root, { recursive: true, force: true, maxRetries: 3 });
}

async function judgeOne(scenario: Scenario, group: string, adapter: string, root: string): Promise<Judged> {
  const place = join(root, `${scenario.name}.${basename(adapter, ".ts")}`);
  const started = performance.now();
  try {
    return await carryOut(scenario, adapterFile(adapter), place, (observed) => ({
      ...judge(scenario, observed, place),
      scenario: scenario.name,
      group,
      seconds: (performance.now() - started) / 1000,
    }));
  } finally {
    rmSync(place, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** What this machine cannot do is left out by name, never counted as passed. */
function partition(chosen: readonly Named[]) {
  const [mounts, isolates] = [canMount(), canIsolate()];
  const able: Named[] = [];
  const skipped: { scenario: string; why: string }[] = [];
  for (const named of chosen) {
    const { name, faults, isolated } = named.scenario;
    if (faults?.diskMegabytes && !mounts)
      skipped.push({ scenario: name, why: "mounting a small disk needs root" });
    else if (isolated && !isolates) skipped.push({ scenario: name, why: "needs bubblewrap" });
    else able.push(named);
  }
  return { able, skipped };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: "string", multiple: true, default: [] },
      adapter: { type: "string", multiple: true, default: ["autopack", "loop"] },
      parallel: { type: "string", default: "2" },
      json: { type: "boolean", default: false },
      list: { type: "boolean", default: false },
    },
  });
  const known = groups.flatMap(({ name, scenarios }) => [
    name,
    ...scenarios.map((scenario) => scenario.name),
  ]);
  for (const name of values.only)
    if (!known.includes(name)) throw new Error(`there is no scenario or group ${name}; --list shows them`);
  for (const name of values.adapter)
    if (!existsSync(adapterFile(name))) throw new Error(`there is no adapter ${adapterFile(name)}`);
  if (values.list) {
    for (const { name, scenarios } of groups)
      for (const scenario of scenarios)
        console.log(`${name.padEnd(14)} ${scenario.name.padEnd(30)} ${scenario.about}`);
    return;
  }
  const started = performance.now();
  const parallel = Math.min(2, Math.max(1, Number(values.parallel)));
  const { judged, skipped } = await measure(values.only, values.adapter, parallel, (adapter, one) => {
    const word = one.differences.length + one.problems.length === 0 ? "as it is" : "differs";
    console.error(
      `${word.padEnd(9)} ${basename(adapter, ".ts").padEnd(10)} ${one.scenario} ${one.seconds.toFixed(1)} s`,
    );
  });
  if (values.json) {
    const adapters = [...judged].map(([name, scenarios]) => ({ name, rates: ratesOf(scenarios), scenarios }));
    console.log(JSON.stringify({ schemaVersion: 1, adapters, skipped }, null, 2));
    return;
  }
  const count = new Set([...judged.values()].flatMap((all) => all.map(({ scenario }) => scenario))).size;
  console.log(`${count} scenarios, ${Math.round((performance.now() - started) / 1000)} s\n`);
  console.log(renderRates(judged));
  console.log(`\n${renderDifferences(judged)}`);
  for (const { scenario, why } of skipped) console.log(`\nskipped: ${scenario} (${why})`);
}

if (process.argv[1] === import.meta.filename) await main();
