import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { prepareApart, runApart } from "./apart.ts";
import { identifyProcess } from "./process-table.ts";
import { signalOne } from "./process-tree.ts";

let folder: string;
const moduleOf = (name: string, body: string): string => {
  const path = join(folder, `${name}.mjs`);
  writeFileSync(path, `export const work = (input) => { ${body} };\n`);
  return pathToFileURL(path).href;
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "autopack-apart-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("hands back what the work returns, undefined fields and maps included", async () => {
  const module = moduleOf("echo", "return { got: input, pid: process.pid, env: Object.keys(process.env) };");
  const done = await runApart<{ got: unknown; pid: number; env: string[] }>(
    module,
    { list: [1, null], map: new Map([["a", undefined]]) },
    20_000,
  );
  expect(done).toMatchObject({
    ok: true,
    value: { got: { list: [1, null], map: new Map([["a", undefined]]) } },
  });
  if (!done.ok) return;
  expect(done.value.pid).not.toBe(process.pid);
  expect(
    done.value.env.filter((name) => name !== "NODE_CHANNEL_FD" && !name.startsWith("NODE_CHANNEL")),
  ).toEqual([]);
});

it("tells that the process died, and lives on", async () => {
  const module = moduleOf("die", 'process.kill(process.pid, "SIGSEGV"); return new Promise(() => {});');
  expect(await runApart(module, null, 20_000)).toEqual({ ok: false, error: "died" });
});

it("ends work that does not end", async () => {
  const module = moduleOf("spin", "for (;;);");
  expect(await runApart(module, null, 300)).toEqual({ ok: false, error: "timed-out" });
});

it("throws what the work throws: that is a bug of ours", async () => {
  const module = moduleOf("throw", 'throw new Error("no such case");');
  await expect(runApart(module, null, 20_000)).rejects.toThrow("no such case");
});

/** A module that leaves its process id, whole, when it is read, and hands it back. */
const announcing = (name: string) => {
  const trace = join(folder, `${name}.pid`);
  const path = join(folder, `${name}.mjs`);
  writeFileSync(
    path,
    `import { renameSync, writeFileSync } from "node:fs";
writeFileSync(${JSON.stringify(`${trace}.part`)}, String(process.pid));
renameSync(${JSON.stringify(`${trace}.part`)}, ${JSON.stringify(trace)});
export const work = () => process.pid;
`,
  );
  const ready = () => vi.waitUntil(() => existsSync(trace), 20_000);
  const pid = () => Number(readFileSync(trace, "utf8"));
  return { module: pathToFileURL(path).href, ready, pid };
};

const isGone = async (pid: number): Promise<boolean> => (await identifyProcess(pid)) === null;

it("uses a process that was made ready, once, and none that is gone meanwhile", async () => {
  const { module, ready, pid } = announcing("spare");
  prepareApart(module);
  await ready();
  const first = pid();
  expect(await runApart(module, null, 20_000)).toEqual({ ok: true, value: first });
  const second = await runApart<number>(module, null, 20_000);
  expect(second.ok && second.value).not.toBe(first);
  prepareApart(module);
  await vi.waitUntil(() => pid() !== first && second.ok && pid() !== second.value, 20_000);
  signalOne(pid(), "SIGKILL");
  await vi.waitUntil(() => isGone(pid()), 20_000);
  expect(await runApart(module, null, 20_000)).toMatchObject({ ok: true });
});

it("keeps nobody from ending, and leaves no process behind", async () => {
  const { module, pid } = announcing("unused");
  const apart = pathToFileURL(join(import.meta.dirname, "apart.ts")).href;
  const program = `const { prepareApart } = await import(${JSON.stringify(apart)});
prepareApart(${JSON.stringify(module)});
const { existsSync } = await import("node:fs");
while (!existsSync(${JSON.stringify(join(folder, "unused.pid"))})) await new Promise((done) => setTimeout(done, 10));`;
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  await vi.waitUntil(() => isGone(pid()), 20_000);
});
