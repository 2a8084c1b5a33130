import { mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { createServer } from "node:http";
import { delimiter, join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { createClock } from "../src/platform/clock.ts";
import { createProcesses } from "../src/platform/processes.ts";
import { createQuickProject, type Project, runCli, writePlan, writes } from "./harness/cli.ts";
import { temporaryFolder } from "./harness/temp.ts";

const { why } = await createProcesses({
  path: process.env["PATH"] ?? "",
  home: "/nonexistent",
  lang: undefined,
  tz: undefined,
  tmpRoot: "/tmp",
  secrets: [],
  sandbox: "auto",
  objects: [],
  hidden: [],
  sampleMs: 100,
  clock: createClock(),
}).isolation();
const sandboxed = why === undefined ? "" : ` (skipped: ${why})`;

/** A server on the host's loopback; what it is asked, and a command that asks it. */
async function hostServer(): Promise<string> {
  const server = createServer((_, response) => response.end("host"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const ask = `fetch("http://127.0.0.1:${port}").then((r) => r.text()).then((t) => console.log(t), (e) => { console.log(String(e.cause)); process.exit(1) })`;
  return `'${process.execPath}' -e '${ask}'`;
}

const ownServer = `'${process.execPath}' -e '
  const server = require("http").createServer((q, r) => r.end("own")).listen(0, "127.0.0.1", () =>
    fetch("http://127.0.0.1:" + server.address().port).then(() => process.exit(0)));'`;

it.skipIf(why !== undefined)(
  `certifies what was enforced: checks with their own loopback, or the network where the plan says so${sandboxed}`,
  async () => {
    const project = createQuickProject();
    const host = await hostServer();
    const plan = writePlan(project, {
      checks: { own: ownServer, host: { run: host, network: "full" } },
      tiers: [
        [
          { id: "fine" },
          {
            id: "lonely",
            fields: { acceptance: [host], budget: { attempts: 1 } },
            attempts: [[{ run: host }, writes("lonely.txt")]],
          },
        ],
      ],
    });
    const started = await runCli(project, "run", plan);
    expect(started.stderr).toContain("Builders and checks run in bubblewrap");
    const { json } = await runCli(project, "report", "--json");

    const [fine, lonely] = json.phases;
    expect(fine.state).toBe("complete");
    expect(fine.certificate.isolation).toMatchObject({
      sandbox: expect.stringContaining("bubblewrap"),
      files: "listed",
      processes: "own namespace",
      memoryBytes: 8_000_000_000,
      processCount: 4096,
      builder: { network: "full", readable: [], writable: [join(project.folder, "notes")] },
      readable: [],
    });
    expect(
      fine.certificate.checks.map((check: { name: string; network: string }) => [check.name, check.network]),
    ).toEqual([
      ["own", "loopback"],
      ["host", "full"],
    ]);
    // Its builder had the host's network, and its acceptance command had not.
    expect(lonely.failure.kind).toBe("acceptance-failed");
    expect(lonely.failure.evidence).toContainEqual({
      label: "hint",
      detail: expect.stringContaining("say `network: full` in the plan's check"),
    });
    expect((await runCli(project, "report")).stdout).toContain("- Held by bubblewrap");
  },
);

/** The project on a machine that has no bubblewrap. */
function withoutBubblewrap(project: Project): Project {
  const bin = join(temporaryFolder(), "bin");
  mkdirSync(bin);
  const folders = (project.env["PATH"] ?? "").split(delimiter);
  for (const folder of folders.toReversed())
    for (const name of namesIn(folder))
      if (["bwrap", "node_modules"].includes(name) === false) link(join(folder, name), join(bin, name));
  return { ...project, env: { ...project.env, PATH: bin } };
}
const namesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};
function link(target: string, path: string): void {
  try {
    symlinkSync(target, path);
  } catch {
    // An earlier folder of the PATH has it too.
  }
}

it("says at the start and in certificates that nothing is enforced where there is no bubblewrap, and can refuse that", async () => {
  const project = withoutBubblewrap(createQuickProject());
  const plan = writePlan(project, { tiers: [[{ id: "one" }]] });
  const started = await runCli(project, "run", plan);
  expect(started.code).toBe(0);
  expect(started.stderr).toContain("No sandbox, because ");
  const { json } = await runCli(project, "report", "--json");
  expect(json.phases[0].certificate).toMatchObject({
    isolation: {
      sandbox: null,
      why: expect.any(String),
      files: "not limited",
      processes: "group and mark",
      builder: { network: "full" },
    },
    checks: [{ network: "full" }],
  });

  const strict = withoutBubblewrap(createQuickProject({ sandbox: "required" }));
  const refused = await runCli(strict, "run", writePlan(strict, { tiers: [[{ id: "one" }]] }), "--json");
  expect([refused.code, refused.json.error.code]).toEqual([4, "sandbox-missing"]);
});

it("refuses a builder whose list would open the checkout, before anything runs", async () => {
  const project = createQuickProject();
  const builder = { command: "true", writable: [project.folder] };
  const plan = writePlan(project, { tiers: [[{ id: "one", fields: { builder } }]] });
  const { code, json } = await runCli(project, "plan", "lint", plan, "--json");
  expect(code).toBe(2);
  expect(json.findings).toMatchObject([{ code: "writable-refused", phaseId: "one" }]);
});
