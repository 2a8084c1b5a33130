import picomatch from "picomatch";
import type { App } from "../app.ts";
import type { ClaimSource } from "../assessment/claims/match-claims.ts";
import { AppError, exitCodes } from "../domain/app-error.ts";
import type { RunRecord } from "../domain/record.ts";

/** Documents of this name are read for claims where nothing else is asked for. */
export const usualDocuments = ["**/*.md"];

const recordSeparator = "\u001e";
const fieldSeparator = "\u001f";

/** Every text that may claim something: the documents and commits that the revision holds, and the record's own notes. */
export async function gatherClaimSources(
  app: App,
  revision: string,
  runs: readonly RunRecord[],
  globs: readonly string[],
): Promise<ClaimSource[]> {
  return [
    ...(await documentsAt(app, revision, globs)),
    ...(await commitsOf(app, revision)),
    ...runs.flatMap(({ notes }) => notes.map(({ text, place }) => ({ by: "note" as const, place, text }))),
  ];
}

async function documentsAt(
  { platform: { git }, repository, config }: App,
  revision: string,
  globs: readonly string[],
): Promise<ClaimSource[]> {
  const { commonDir } = repository;
  const listed = await git.run({
    gitDir: commonDir,
    args: ["ls-tree", "-r", "-l", "-z", "--full-tree", revision],
  });
  if (listed.code !== 0) throw historyUnreadable(listed.stderr);
  const wanted = picomatch([...globs], { dot: true });
  const sources: ClaimSource[] = [];
  for (const entry of listed.stdout.split("\0")) {
    const [, type, object, size, path] = /^\d+ (\w+) (\w+) +(\d+|-)\t(.+)$/s.exec(entry) ?? [];
    if (type !== "blob" || object === undefined || path === undefined || !wanted(path)) continue;
    if (Number(size) > config.limits.claim_document_bytes) continue;
    const content = await git.read(commonDir, object);
    if (content) sources.push({ by: "document", place: path, text: content.toString("utf8") });
  }
  return sources;
}

async function commitsOf({ platform: { git }, repository }: App, revision: string): Promise<ClaimSource[]> {
  const format = `--format=%H${fieldSeparator}%B${recordSeparator}`;
  const log = await git.run({
    gitDir: repository.commonDir,
    args: ["log", "--topo-order", format, revision, "--"],
  });
  if (log.code !== 0) throw historyUnreadable(log.stderr);
  return log.stdout.split(recordSeparator).flatMap((record) => {
    const [commit = "", text = ""] = record.trim().split(fieldSeparator);
    return commit === "" ? [] : [{ by: "commit" as const, place: commit.slice(0, 12), text }];
  });
}

export const historyUnreadable = (why: string): AppError =>
  new AppError({
    code: "history-unreadable",
    message: `git could not read the history: ${why.trim().split("\n")[0] ?? ""}`,
    action: "Check the repository with `git fsck`.",
    exitCode: exitCodes.environment,
  });
