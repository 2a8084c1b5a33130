import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { siblingModule } from "./apart.ts";
import { identifyProcess } from "./process-table.ts";
import { createStarter } from "./starter.ts";

const sh = (script: string, stdin = "") => ({
  argv: ["/bin/sh", "-c", script] as const,
  env: { WORD: "word" },
  cwd: "/tmp",
  stdin,
});

test("a program started by another process gets its input, and tells how it ended", async () => {
  const start = createStarter();
  const all = await Promise.all([
    start(sh("cat; pwd; echo $WORD $HOME; echo no >&2; exit 3", "input\n")),
    start(sh("kill -9 $$")),
    start(sh("printf '\\377'")),
  ]);
  const shown = all.map(({ code, signal, stdout, stderr }) => [
    code,
    signal,
    Buffer.from(stdout).toString("latin1"),
    Buffer.from(stderr).toString("latin1"),
  ]);
  expect(shown).toEqual([
    [3, null, "input\n/tmp\nword\n", "no\n"],
    [null, "SIGKILL", "", ""],
    [0, null, "\xff", ""],
  ]);
});

test("what cannot be started says so, and the next one is", async () => {
  const start = createStarter();
  await expect(start({ ...sh(""), argv: ["/no/such"] })).rejects.toMatchObject({ code: "ENOENT" });
  await expect(start({ ...sh(""), cwd: "/no/such" })).rejects.toMatchObject({ code: "ENOENT" });
  expect((await start(sh("exit 0"))).code).toBe(0);
});

test("its process fails what it had under way when it is killed, and begins anew", async () => {
  const start = createStarter();
  await expect(start(sh("kill -9 $PPID; sleep 30"))).rejects.toThrow("SIGKILL");
  expect((await start(sh("exit 0"))).code).toBe(0);
});

test.each([
  ["ends by itself", ""],
  ["is killed", "process.kill(process.pid, 'SIGKILL');"],
])("it goes when the process that uses it %s, and does not keep it", async (_, then) => {
  const script = `
    const { createStarter } = await import(${JSON.stringify(siblingModule(import.meta.url, "starter"))});
    const { stdout } = await createStarter()({ argv: ["/bin/sh", "-c", "echo $PPID"], env: {}, cwd: "/", stdin: "" });
    process.stdout.write(stdout);
    ${then}`;
  const user = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let pid = "";
  user.stdout.setEncoding("utf8").on("data", (text: string) => {
    pid += text;
  });
  await once(user, "close");
  expect(Number(pid)).toBeGreaterThan(1);
  await expect.poll(() => identifyProcess(Number(pid)), { timeout: 10_000 }).toBeNull();
});
