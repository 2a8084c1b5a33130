import type { ChildProcessWithoutNullStreams } from "node:child_process";
import type { Socket } from "node:net";
import { keepAwaited } from "./awaited.ts";

/** Without a question for so long, the process that answers ends: it would hold what a `gc` of the user's removed. */
const idleMs = 5000;

/** How questions of one kind are put and answered. */
export interface Language<Question, Answer> {
  write(question: Question): string;
  /** Reads one answer, of which the first line was read; null where the output ends before it does. */
  read(question: Question, line: string, parts: Parts): Promise<Answer | null>;
}

interface Open<Question, Answer> {
  readonly question: Question;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/**
 * One git, which `start` starts, answers question after question: with a process for each, a large change would take
 * minutes to read. It begins with the first question, and keeps nobody from ending: it ends when there are no more,
 * or with this process. When it ends too early, all that is not answered yet fails.
 */
export function createAnsweringGit<Question, Answer>(
  language: Language<Question, Answer>,
  start: () => ChildProcessWithoutNullStreams,
  faultOf: (end: Error | { readonly code: number; readonly stderr: string }) => Error,
): (question: Question) => Promise<Answer> {
  let current:
    | { readonly child: ChildProcessWithoutNullStreams; readonly open: Open<Question, Answer>[] }
    | undefined;
  let idle: NodeJS.Timeout | undefined;

  function begin() {
    const [child, open] = [start(), [] as Open<Question, Answer>[]];
    const giveUp = (error: unknown) => {
      if (current?.child === child) current = undefined;
      for (const { reject } of open.splice(0)) reject(error);
    };
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr = (stderr + text).slice(-2000);
    });
    // It may end without having read every question; its end tells what that means.
    child.stdin.on("error", () => undefined);
    child.on("error", (error) => giveUp(faultOf(error)));
    child.on("close", (code) => giveUp(faultOf({ code: code ?? 128, stderr })));
    answerAll(language, child.stdout, open, () => rest(child)).catch(giveUp);
    return { child, open };
  }

  function rest(child: ChildProcessWithoutNullStreams): void {
    keepAwaited(handlesOf(child), false);
    idle = setTimeout(() => child.stdin.end(), idleMs).unref();
  }

  return (question) =>
    new Promise((resolve, reject) => {
      const text = language.write(question);
      clearTimeout(idle);
      if (!current || current.child.stdin.writableEnded) current = begin();
      keepAwaited(handlesOf(current.child), true);
      current.open.push({ question, resolve, reject });
      current.child.stdin.write(text);
    });
}

/** Hands every answer to the question it belongs to: they come in the same order. */
async function answerAll<Question, Answer>(
  language: Language<Question, Answer>,
  output: AsyncIterable<Buffer>,
  open: Open<Question, Answer>[],
  onNoneLeft: () => void,
): Promise<void> {
  const parts = readParts(output);
  for (let line = await parts.line(); line !== null; line = await parts.line()) {
    const [first] = open;
    if (!first) throw new Error(`git answered what was not asked: ${line}`);
    const answer = await language.read(first.question, line, parts);
    if (answer === null) return;
    open.shift();
    first.resolve(answer);
    if (open.length === 0) onNoneLeft();
  }
}

/** What is told of an object. */
export interface GitObject {
  readonly bytes: number;
  /** Empty where only `info` was asked for. */
  readonly content: Buffer;
}

/** Looks objects up by hash or `<tree>:<path>`; `absent` is what is not there. For `cat-file --batch-command -z`. */
export const objectLanguage: Language<
  { readonly command: "info" | "contents"; readonly name: string },
  GitObject | "absent"
> = {
  write({ command, name }) {
    if (name.includes("\0")) throw new TypeError("the name of an object holds no NUL");
    return `${command} ${name}\0`;
  },
  async read({ command, name }, line, parts) {
    const bytes = /^[0-9a-f]{40,64} \w+ (\d+)$/.exec(line)?.[1];
    if (bytes === undefined) {
      // It says `<name> missing`, and a name may be several lines.
      for (const _ of name.matchAll(/\n/g)) await parts.line();
      return "absent";
    }
    const content = await parts.take(command === "contents" ? Number(bytes) + 1 : 0);
    return content && { bytes: Number(bytes), content: content.subarray(0, -1) };
  },
};

/** Moves a ref in one step. It ends, and says why, where that does not stand at `from`. For `update-ref -z --stdin`. */
export const refLanguage: Language<
  { readonly ref: string; readonly to: string; readonly from?: string },
  "moved"
> = {
  write: ({ ref, to, from = "" }) => `start\0update ${ref}\0${to}\0${from}\0commit\0`,
  read: async (_, line, parts) =>
    line === "start: ok" && (await parts.line()) === "commit: ok" ? "moved" : null,
};

interface Parts {
  line(): Promise<string | null>;
  take(length: number): Promise<Buffer | null>;
}

/** A program's output as lines and as pieces of a known length; null at its end. */
function readParts(output: AsyncIterable<Buffer>): Parts {
  const chunks = output[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  return {
    async line() {
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
    async take(length) {
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

// node's own pipes are sockets, which its types do not say.
const handlesOf = (child: ChildProcessWithoutNullStreams) =>
  [child, child.stdin, child.stdout, child.stderr] as unknown as Pick<Socket, "ref" | "unref">[];
