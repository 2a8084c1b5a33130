import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { siblingModule } from "./apart.ts";
import { keepAwaited } from "./awaited.ts";
import type { ProgramCall, ProgramEnd } from "./run-to-end.ts";

/** What is said between the two processes. A fault is a program that could not be started. */
export interface StarterQuestion {
  readonly id: number;
  readonly call: ProgramCall;
}
export type StarterAnswer = { readonly id: number } & (
  | { readonly end: ProgramEnd }
  | { readonly fault: { readonly code: string | undefined; readonly message: string } }
);

interface Open {
  resolve(end: ProgramEnd): void;
  reject(error: unknown): void;
}

const child = fileURLToPath(siblingModule(import.meta.url, "starter-child"));

/**
 * Runs programs to their end as `runToEnd` does, from a small process of our own. It begins with the first program, and
 * keeps nobody from ending: it ends with this process. To start a program, the system copies the page tables of the
 * process that does, and then every page that it writes: with a run's memory that takes longer than most gits run.
 */
export function createStarter(): (call: ProgramCall) => Promise<ProgramEnd> {
  const open = new Map<number, Open>();
  let current: ChildProcess | undefined;
  let last = 0;

  function begin(): ChildProcess {
    const started = fork(child, [], {
      execArgv: [],
      env: {},
      // Its own may go while it is there.
      cwd: "/",
      serialization: "advanced",
      stdio: "ignore",
      // A Ctrl-C in the terminal is for us.
      detached: true,
    });
    const giveUp = (error: Error) => {
      if (current === started) current = undefined;
      for (const { reject } of open.values()) reject(error);
      open.clear();
    };
    started.on("message", (message) => {
      const answer = message as StarterAnswer;
      const asked = open.get(answer.id);
      open.delete(answer.id);
      if (open.size === 0) keepAwaited([started, started.channel], false);
      if ("end" in answer) asked?.resolve(answer.end);
      else asked?.reject(Object.assign(new Error(answer.fault.message), { code: answer.fault.code }));
    });
    started.on("error", giveUp);
    started.on("exit", (code, signal) =>
      giveUp(new Error(`the process that starts programs ended (${signal ?? code})`)),
    );
    return started;
  }

  return (call) =>
    new Promise((resolve, reject) => {
      current ??= begin();
      keepAwaited([current, current.channel], true);
      last += 1;
      open.set(last, { resolve, reject });
      // Where that fails, its end tells.
      current.send({ id: last, call } satisfies StarterQuestion, () => undefined);
    });
}
