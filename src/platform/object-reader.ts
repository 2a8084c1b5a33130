import type { ChildProcessWithoutNullStreams } from "node:child_process";
import type { Socket } from "node:net";

/** Without a question for so long, the process that answers ends: it would hold what a `gc` of the user's removed. */
const idleMs = 5000;

/** What is told of an object. */
export interface GitObject {
  readonly bytes: number;
  /** Empty where only `info` was asked for. */
  readonly content: Buffer;
}

interface Question {
  readonly command: "info" | "contents";
  readonly name: string;
  resolve(object: GitObject | null): void;
  reject(error: unknown): void;
}

/** Looks objects of one repository up by hash or `<tree>:<path>`; null for what is not there. */
export type ObjectReader = (command: Question["command"], name: string) => Promise<GitObject | null>;

/**
 * One `git cat-file --batch-command -z`, which `start` starts, answers question after question: with a process for each
 * of its objects, a large change would take minutes to read. It begins with the first question, and keeps nobody
 * from ending: it ends when there are no more, or with this process.
 */
export function createObjectReader(
  start: () => ChildProcessWithoutNullStreams,
  faultOf: (end: Error | { readonly code: number; readonly stderr: string }) => Error,
): ObjectReader {
  let current: { readonly child: ChildProcessWithoutNullStreams; readonly open: Question[] } | undefined;
  let idle: NodeJS.Timeout | undefined;

  function begin() {
    const [child, open] = [start(), [] as Question[]];
    const giveUp = (error: unknown) => {
      if (current?.child === child) current = undefined;
      for (const question of open.splice(0)) question.reject(error);
    };
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr = (stderr + text).slice(-2000);
    });
    // It may end without having read every question; its end tells what that means.
    child.stdin.on("error", () => undefined);
    child.on("error", (error) => giveUp(faultOf(error)));
    child.on("close", (code) => giveUp(faultOf({ code: code ?? 128, stderr })));
    answerAll(child.stdout, open, () => rest(child)).catch(giveUp);
    return { child, open };
  }

  function rest(child: ChildProcessWithoutNullStreams): void {
    keepAwaited(child, false);
    idle = setTimeout(() => child.stdin.end(), idleMs).unref();
  }

  return (command, name) =>
    new Promise((resolve, reject) => {
      if (name.includes("\0")) throw new TypeError("the name of an object holds no NUL");
      clearTimeout(idle);
      if (!current || current.child.stdin.writableEnded) current = begin();
      keepAwaited(current.child, true);
      current.open.push({ command, name, resolve, reject });
      current.child.stdin.write(`${command} ${name}\0`);
    });
}

/** Hands every answer to the question it belongs to: they come in the same order. */
async function answerAll(
  output: AsyncIterable<Buffer>,
  open: Question[],
  onNoneLeft: () => void,
): Promise<void> {
  const parts = readParts(output);
  for (let line = await parts.line(); line !== null; line = await parts.line()) {
    const [question] = open;
    if (!question) throw new Error(`git cat-file answered what was not asked: ${line}`);
    const bytes = /^[0-9a-f]{40,64} \w+ (\d+)$/.exec(line)?.[1];
    // Otherwise it says `<name> missing`, and a name may be several lines.
    if (bytes === undefined) for (const _ of question.name.matchAll(/\n/g)) await parts.line();
    const length = bytes !== undefined && question.command === "contents" ? Number(bytes) + 1 : 0;
    const content = await parts.take(length);
    if (content === null) return;
    open.shift();
    question.resolve(bytes === undefined ? null : { bytes: Number(bytes), content: content.subarray(0, -1) });
    if (open.length === 0) onNoneLeft();
  }
}

/** A program's output as lines and as pieces of a known length; null at its end. */
function readParts(output: AsyncIterable<Buffer>) {
  const chunks = output[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  return {
    async line(): Promise<string | null> {
      for (;;) {
        const end = held.indexOf("\n");
        if (end !== -1) {
          const line = held.toString("utf8", 0, end);
          held = held.subarray(end + 1);
          return line;
        }
        const next = await chunks.next();
        if (next.done) return null;
        held = Buffer.concat([held, next.value]);
      }
    },
    async take(length: number): Promise<Buffer | null> {
      if (length === 0) return Buffer.alloc(0);
      const pieces: Buffer[] = [held];
      for (let have = held.length; have < length; ) {
        const next = await chunks.next();
        if (next.done) return null;
        pieces.push(next.value);
        have += next.value.length;
      }
      const all = Buffer.concat(pieces);
      // A copy: a few bytes would keep the whole of a large object in memory.
      held = Buffer.from(all.subarray(length));
      return all.subarray(0, length);
    },
  };
}

/** Whether this process waits for the child before it ends by itself. */
function keepAwaited(child: ChildProcessWithoutNullStreams, awaited: boolean): void {
  // node's own pipes are sockets, which its types do not say.
  const handles = [child, child.stdin, child.stdout, child.stderr] as unknown as Pick<
    Socket,
    "ref" | "unref"
  >[];
  for (const handle of handles) {
    if (awaited) handle.ref();
    else handle.unref();
  }
}
