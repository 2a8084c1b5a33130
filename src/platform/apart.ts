import { fork } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { err, ok, type Result } from "../domain/result.ts";

/** What the process of its own answers with. */
export type ApartAnswer = { readonly value: unknown } | { readonly threw: string };

/** The URL of a module beside another, with the same ending: that of the sources, or of what was built of them. */
export const siblingModule = (url: string, name: string): string =>
  new URL(`./${name}${extname(url)}`, url).href;

const child = fileURLToPath(siblingModule(import.meta.url, "apart-child"));

/**
 * Runs `work(input)` of a module of ours in a process of its own and hands back what it returns: native code that a
 * hostile input can end (a parser that runs out of stack) ends only that process. Inputs and results are copied
 * (structured clone). It has no environment, and ends with this process. Throws when `work` does: that is a bug.
 */
export function runApart<T>(
  module: string,
  input: unknown,
  timeoutMs: number,
): Promise<Result<T, "died" | "timed-out">> {
  return new Promise((resolve, reject) => {
    const started = fork(child, [], { execArgv: [], env: {}, serialization: "advanced", stdio: "ignore" });
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
    started.send([module, input], () => undefined);
  });
}
