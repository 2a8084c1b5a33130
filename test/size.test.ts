import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createProject, type Project, sql, startCli, writePlan } from "./harness/cli.ts";

const mostMegabytes = 300;

/** Runs a plan and looks at the most memory that the program ever had; undefined where the system does not tell. */
async function runWatched(project: Project, plan: string) {
  const cli = startCli(project, "run", plan, "--json");
  let peakMegabytes: number | undefined;
  const timer = setInterval(() => {
    peakMegabytes = peakOf(cli.pid) ?? peakMegabytes;
  }, 20);
  const result = await cli.ended.finally(() => clearInterval(timer));
  return { ...result, peakMegabytes };
}

function peakOf(pid: number): number | undefined {
  try {
    // A process that has just ended has none.
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return peak === undefined ? undefined : Number(peak) / 1024;
  } catch {
    return undefined;
  }
}

/** Puts a git in front of the real one that notes every start. */
function countGit(project: Project): { readonly counted: Project; starts(): number } {
  const bin = join(project.folder, "bin");
  const notes = join(project.folder, "git-starts");
  mkdirSync(bin);
  const { PATH = "" } = project.env;
  writeFileSync(join(bin, "git"), `#!/bin/sh\necho >>'${notes}'\nPATH='${PATH}' exec git "$@"\n`);
  chmodSync(join(bin, "git"), 0o755);
  return {
    counted: { ...project, env: { ...project.env, PATH: `${bin}:${PATH}` } },
    starts: () => readFileSync(notes, "utf8").length,
  };
}

function largestEvent(project: Project): number {
  return Number(sql(project, "select max(length(data)) as bytes from events")[0]?.["bytes"]);
}

test("a builder that prints 100 MB takes no more memory, disk or ledger than the limits say", async () => {
  const outputBytes = 200_000;
  const project = createProject({ config: { limits: { output_bytes: outputBytes } } });
  const steps = [{ emit_megabytes: 100 }, { write: { path: "p.txt", content: "p\n" } }];
  const { json, peakMegabytes = 0 } = await runWatched(
    project,
    writePlan(project, { tiers: [[{ id: "p", attempts: [steps] }]] }),
  );
  expect(json).toMatchObject({ state: "succeeded" });
  expect(peakMegabytes).toBeLessThan(mostMegabytes);
  expect(largestEvent(project)).toBeLessThan(20_000);
  const log = join(project.repo, ".git/autopack/artifacts", json.runId, "p/1/build.log");
  expect(statSync(log).size).toBeLessThan(outputBytes + 1000);
});

test("a change of thousands of files is read by a handful of gits and listed in part", async () => {
  const [tests, added] = [400, 3000];
  const names = Array.from({ length: tests }, (_, index) => `tests/${index}.test.js`);
  const content = (name: string) => `test("${name}", () => expect(1).toBe(1));\n`;
  const { counted, starts } = countGit(
    createProject({
      files: Object.fromEntries(names.map((name) => [name, content(name)])),
      config: { limits: { change_files: tests + added + 1 } },
    }),
  );
  const script = `
    for file in tests/*.js; do echo '// looked through' >>$file; done
    mkdir many && cd many && seq ${added} | split -l 1 -a 4 - file- && echo p >../p.txt`;
  const plan = writePlan(counted, {
    tiers: [[{ id: "p", attempts: [[{ run: script }]], fields: { scope: { write: ["**"] } } }]],
  });
  const { json, peakMegabytes = 0 } = await runWatched(counted, plan);
  expect(json).toMatchObject({ state: "succeeded" });
  expect(starts()).toBeLessThan(60);
  expect(peakMegabytes).toBeLessThan(mostMegabytes);
  expect(largestEvent(counted)).toBeLessThan(100_000);
});
