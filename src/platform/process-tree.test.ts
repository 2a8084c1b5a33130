import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { signalOne } from "./process-tree.ts";

// A signal that does nothing to those who run: without the rule it would reach us, or everybody.
test.each([0, 1, -1, Number.NaN, 2.5])("nobody is signalled by the number %d", (pid) => {
  expect(() => signalOne(pid, "SIGCONT")).toThrow(RangeError);
});

test("one that has ended counts as signalled", async () => {
  const child = spawn("true");
  await once(child, "exit");
  expect(signalOne(child.pid ?? 0, "SIGCONT")).toBe(true);
});
