import { basename, join, resolve } from "node:path";
import { AppError, exitCodes } from "../domain/app-error.ts";
import { type ReadLog, readLog } from "../failures/replay/read-log.ts";
import { quote } from "../plan/wording.ts";
import { createFiles, realPath } from "../platform/files.ts";
import { openPlainFile } from "../platform/plain-file.ts";
import { systemFault } from "../platform/system-fault.ts";
import type { Terminal } from "./terminal.ts";
import { cut, formatBytes, stripControl } from "./views/text.ts";

export interface NamedLog extends ReadLog {
  readonly path: string;
}

/** The executor logs among `paths`, each a file or a folder of `*.log`; one that was named and holds no record is refused. */
export async function readLogs(
  directory: string,
  paths: readonly string[],
  terminal: Terminal,
): Promise<NamedLog[]> {
  const found = await findLogs(paths.map((path) => resolve(directory, path)));
  const progress = showProgress(terminal, found.length);
  const logs: NamedLog[] = [];
  try {
    for (const log of found) {
      const opened = await openLog(log.path);
      const name = basename(log.path);
      const read = await readAll(opened, log.path, (bytes) => progress.at(name, bytes, opened.stat.size));
      if (read.records === 0 && log.named) throw noRecord(log.path);
      logs.push({ ...read, path: log.path });
    }
  } finally {
    progress.end();
  }
  if (logs.every(({ records }) => records === 0)) throw noRecord(paths.join(", "));
  return logs;
}

/** A file that the person named, or one of a folder that they named. */
interface FoundLog {
  readonly path: string;
  readonly named: boolean;
}

async function findLogs(paths: readonly string[]): Promise<FoundLog[]> {
  const files = createFiles();
  const found = new Map<string, FoundLog>();
  for (const path of paths) {
    const real = await realPath(path);
    const kind = (await files.stat(real))?.kind;
    if (kind !== "directory") {
      found.set(real, { path, named: true });
      continue;
    }
    const names = ((await files.list(real)) ?? []).filter((name) => name.endsWith(".log"));
    if (names.length === 0)
      throw refusal("no-log", `the folder ${quote(path)} holds no *.log`, "Name the log files themselves.");
    for (const name of names) {
      const inFolder = await realPath(join(real, name));
      if (!found.has(inFolder)) found.set(inFolder, { path: join(path, name), named: false });
    }
  }
  return [...found.values()];
}

async function openLog(path: string) {
  const opened = await faultAs(path, realPath(path).then(openPlainFile));
  if (opened.ok) return opened.value;
  throw opened.error === "nothing"
    ? refusal("no-such-file", `there is no file ${quote(path)}`, "Correct the path of the log.")
    : refusal(
        "not-readable",
        `${quote(path)} is ${opened.error}`,
        "Name a regular file, or a folder of logs.",
      );
}

type Opened = Awaited<ReturnType<typeof openLog>>;

async function readAll({ handle }: Opened, path: string, onBytes: (bytes: number) => void) {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    for await (const chunk of handle.createReadStream({ autoClose: false })) {
      bytes += (chunk as Buffer).length;
      onBytes(bytes);
      yield chunk as Buffer;
    }
  }
  try {
    return await faultAs(path, readLog(chunks(), path));
  } finally {
    await handle.close();
  }
}

async function faultAs<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw systemFault(error, `${path} cannot be read`) ?? error;
  }
}

const quietMs = 500;
const redrawMs = 200;

/** On a terminal, once it takes longer than a moment: which log is being read, and how far. */
function showProgress(terminal: Terminal, logs: number) {
  let next = performance.now() + quietMs;
  let drawn = false;
  const names = new Set<string>();
  return {
    at(name: string, bytes: number, size: number): void {
      names.add(name);
      if (!terminal.live || performance.now() < next) return;
      next = performance.now() + redrawMs;
      const read = `${formatBytes(bytes)} of ${formatBytes(Math.max(size, bytes))}`;
      const line = `Reading log ${names.size} of ${logs}: ${stripControl(name)}, ${read}`;
      terminal.draw([cut(line, terminal.liveColumns)]);
      drawn = true;
    },
    end(): void {
      if (drawn) terminal.draw([]);
    },
  };
}

const noRecord = (path: string): AppError =>
  refusal(
    "no-record",
    `${quote(path)} holds no record of the form \`[2025-01-31 12:00:00] INFO: message\``,
    "Name logs of the executor; `autopack replay --help` shows an example.",
  );

const refusal = (code: string, message: string, action: string): AppError =>
  new AppError({ code, message, action, exitCode: exitCodes.plan });
