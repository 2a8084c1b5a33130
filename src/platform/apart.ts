import { type ChildProcess, fork } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { err, ok, type Result } from "../domain/result.ts";
import { keepAwaited } from "./awaited.ts";

/** What the process of its own is told: first which module it is for, then what to work on. */
export type ApartOrder = { readonly module: string } | { readonly input: unknown };
/** What it answers with. */
export type ApartAnswer = { readonly value: unknown } | { readonly threw: string };

/** The URL of a module beside another, with the same ending: that of the sources, or of what was built of them. */
export const siblingModule = (url: string, name: string): string =>
  new URL(`./${name}${extname(url)}`, url).href;

const child = fileURLToPath(siblingModule(import.meta.url, "apart-child"));

/** Processes that wait for their one input, by module. */
const spares = new Map<string, ChildProcess>();

/**
 * Has a process ready for the next `runApart` of a module, so that nobody waits for one to begin. It keeps nobody from
 * ending, and ends with this process.
 */
export function prepareApart(module: string): void {
  if (spares.has(module)) return;
  const spare = begin(module);
  const forget = () => spares.get(module) === spare && spares.delete(module);
  spare.once("exit", forget);
  spare.once("error", forget);
  keepAwaited([spare, spare.channel], false);
  spares.set(module, spare);
}

function takeSpare(module: string): ChildProcess | undefined {
  const spare = spares.get(module);
  spares.delete(module);
  if (!spare?.connected || spare.exitCode !== null) return undefined;
  keepAwaited([spare, spare.channel], true);
  return spare;
}

function begin(module: string): ChildProcess {
  const started = fork(child, [], { execArgv: [], env: {}, serialization: "advanced", stdio: "ignore" });
  tell(started, { module });
  return started;
}

/** Whatever keeps it from being told ends it as well. */
const tell = (process: ChildProcess, order: ApartOrder): boolean => process.send(order, () => undefined);

/**
 * Runs `work(input)` of a module of ours in a process of its own and hands back what it returns: native code that a
 * hostile input can end (a parser that runs out of stack) ends only that process, which works on nothing else. Inputs
 * and results are copied (structured clone). It has no environment, and ends with this process. Throws when `work`
 * does: that is a bug.
 */
export async function runApart<T>(
  module: string,
  input: unknown,
  timeoutMs: number,
): Promise<Result<T, Lost>> {
  const spare = takeSpare(module);
  const done = spare && (await workIn<T>(spare, input, timeoutMs));
  // One that waited may have been ended for something else than its input.
  if (done && (done.ok || done.error !== "died")) return done;
  return workIn<T>(begin(module), input, timeoutMs);
}

type Lost = "died" | "timed-out";

function workIn<T>(started: ChildProcess, input: unknown, timeoutMs: number): Promise<Result<T, Lost>> {
  return new Promise((resolve, reject) => {
    let answer: ApartAnswer | undefined;
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      started.kill("SIGKILL");
    }, timeoutMs);
    started.once("message", (message) => {
      answer = message as ApartAnswer;
    });
    started.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    started.once("exit", () => {
      clearTimeout(timer);
      if (!answer) resolve(err(isLate ? "timed-out" : "died"));
      else if ("threw" in answer) reject(new Error(answer.threw));
      else resolve(ok(answer.value as T));
    });
    tell(started, { input });
  });
}
