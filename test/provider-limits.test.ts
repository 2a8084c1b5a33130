import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import {
  callCli,
  createProject,
  expectNoProcess,
  newestRun,
  type Project,
  runCli,
  sql,
  startCli,
  waitUntil,
  writePlan,
} from "./harness/cli.ts";
import { processesOf } from "./harness/processes-of.ts";
import { writeTree } from "./harness/temp.ts";

/** A provider on the loopback: `answer` is called for each request, in the order in which they come. */
async function startProvider(answer: (response: ServerResponse, phase: string) => void) {
  const server = createServer((request, response) => {
    request.resume();
    answer(response, String(request.headers["x-phase"]));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An agent that asks the provider once, and passes on what that answers where it is no success. */
const agent = `
const response = await fetch(process.argv[2], { headers: { "x-phase": process.env.AUTOPACK_PHASE } });
const { writeFileSync } = await import("node:fs");
if (response.ok) writeFileSync(process.env.AUTOPACK_PHASE + ".txt", "made\\n");
else {
  const headers = Object.fromEntries(response.headers);
  const error = { status: response.status, headers, ...(await response.json()).error };
  writeFileSync(process.env.AUTOPACK_RESULT, JSON.stringify({ error }));
  process.exit(1);
}
`;

async function createAgentProject(url: string, limits: Record<string, number>): Promise<Project> {
  const project = createProject({ config: { sandbox: "off" } });
  const script = join(project.folder, "notes/agent.mjs");
  writeTree(project.folder, { "notes/agent.mjs": agent });
  const builders = { agent: { command: ["node", script, url], env: ["AGENT_API_KEY"] } };
  const quick = { poll_seconds: 0.02, stop_grace_seconds: 0.3, ...limits };
  writeTree(project.repo, { "autopack.yaml": JSON.stringify({ version: 1, limits: quick, builders }) });
  const keyed = { ...project, env: { ...project.env, AGENT_API_KEY: "a-key-that-nobody-may-see" } };
  await callCli(keyed, "trust", "--yes");
  return keyed;
}

const planOf = (project: Project, name: string, count: number, budget = {}) =>
  writePlan(project, {
    name,
    tiers: [
      Array.from({ length: count }, (_, index) => ({
        id: `${name}-${index}`,
        fields: { builder: "agent", budget: { attempts: 1, minutes: 20, ...budget } },
      })),
    ],
  });

const refuse = (response: ServerResponse, headers: Record<string, string>, error: object) =>
  response.writeHead(429, { "content-type": "application/json", ...headers }).end(JSON.stringify({ error }));

it("lets nobody ask a provider before its time, in two runs at once, and then one after the other", async () => {
  const held: ServerResponse[] = [];
  const [before, early, after]: [string[], string[], string[]] = [[], [], []];
  let closedUntil = 0;
  const url = await startProvider((response, phase) => {
    if (closedUntil === 0) {
      before.push(phase);
      held.push(response);
      // All that may be at work at once have asked: only then the provider refuses them, together.
      if (held.length < 6) return;
      closedUntil = performance.now() + 1200;
      for (const one of held)
        refuse(one, { "retry-after-ms": "1200" }, { code: "rate_limit_error", message: "slow down" });
    } else if (performance.now() < closedUntil) {
      early.push(phase);
      refuse(response, {}, { code: "rate_limit_error", message: "too early" });
    } else {
      after.push(phase);
      response.end();
    }
  });
  const project = await createAgentProject(url, { max_parallel: 3, turn_seconds: 2 });
  const [a, b] = [planOf(project, "a", 4), planOf(project, "b", 3)];
  const ended = await Promise.all([a, b].map((plan) => runCli(project, "run", plan, "--quiet", "--json")));
  expect(ended.map(({ json }) => json.state)).toEqual(["succeeded", "succeeded"]);

  expect(before).toHaveLength(6);
  expect(early).toEqual([]);
  expect(after.toSorted()).toEqual(["a-0", "a-1", "a-2", "a-3", "b-0", "b-1", "b-2"]);
  const repo = sql(project, "select type, at, data from events where stream = 'repo' order by seq").map(
    ({ type, at, data }) => ({ type, at: String(at), data: JSON.parse(String(data)) }),
  );
  const told = repo.filter(({ type }) => type === "provider-limited").map(({ data }) => data.until);
  expect(told).toHaveLength(6);
  expect(repo.filter(({ type }) => type === "turn-taken")).toHaveLength(7);
  let free = told.toSorted().at(-1);
  for (const { type, at, data } of repo) {
    if (type === "provider-served" && at < free) free = at;
    if (type !== "turn-taken") continue;
    expect(at >= free, `a turn at ${at}, free from ${free}`).toBe(true);
    free = data.until;
  }
  const everything = sql(project, "select data from events")
    .map(({ data }) => String(data))
    .join("\n");
  expect(everything).toContain("AGENT_API_KEY ");
  expect(everything).not.toContain("a-key-that-nobody-may-see");
  expect((await callCli(project, "ledger", "verify", "--json")).json.findings).toEqual([]);
});

it("waits for a quota beyond the phase's own time, holding nothing, says until when, and wakes after a restart", async () => {
  const asked: number[] = [];
  const url = await startProvider((response) => {
    asked.push(Date.now());
    if (asked.length > 1) return void response.end();
    const unified = "anthropic-ratelimit-unified";
    const reset = String(Math.ceil(Date.now() / 1000) + 3);
    refuse(
      response,
      { [`${unified}-status`]: "rejected", [`${unified}-reset`]: reset },
      { code: "rate_limit_error", message: "This request would exceed your account's rate limit." },
    );
  });
  const project = await createAgentProject(url, { transient_first_seconds: 0.05 });
  const plan = planOf(project, "night", 1, { minutes: 0.03 });
  const first = startCli(project, "run", plan, "--quiet", "--json");
  const waiting = async () => {
    const { json } = await callCli(project, "status", newestRun(project), "--json");
    return json.state === "waiting" && json.waiting;
  };
  await waitUntil("the builder was refused", () => asked.length === 1);
  const { on, until, why } = await waitUntil("the run waits", waiting);
  expect(on).toBe("time");
  expect(why).toMatch(/night-0: quota-exhausted: /);
  const { stdout } = await callCli(project, "status", newestRun(project));
  expect(stdout).toMatch(
    /waiting[\s\S]*Waits on time: .*quota-exhausted.* until .*\n[\s\S]*night-0 +queued.*waits until/,
  );
  const { json: listed } = await callCli(project, "breaker", "list", "--json");
  expect(listed.limits).toMatchObject([{ failure: { kind: "quota-exhausted" } }]);
  expect(listed.limits[0].until <= until, `${listed.limits[0].until} ${until}`).toBe(true);
  expect((await callCli(project, "breaker", "list")).stdout).toMatch(/^Nobody with AGENT_API_KEY .* before /);
  // Nothing is at work, and anybody may write.
  expect(processesOf(project.folder).map(({ pid }) => pid)).toEqual([first.pid]);
  sql(project, "begin immediate; rollback");

  first.signal("SIGKILL");
  await first.ended;
  const { code, json } = await runCli(project, "resume", "--quiet", "--json");
  expect([code, json.state, json.phases[0].attempts]).toEqual([0, "succeeded", 2]);
  expect(asked).toHaveLength(2);
  expect(asked[1]).toBeGreaterThanOrEqual(Date.parse(until));
  await expectNoProcess(project);
});
