import type { Finding } from "./findings.ts";
import type { LintContext } from "./lint.ts";
import { howLong, isTooLong } from "./path-length.ts";
import { listSome, quote, suggest } from "./wording.ts";

/** The repository that the run starts from. */
export function* lintRepository(context: LintContext): Iterable<Finding> {
  const { plan, facts, find } = context;
  const { repository } = facts;
  const place = ["run", "base"];
  if (repository.kind === "none") {
    const why = repository.why === "" ? "" : ` Git says: ${quote(repository.why)}.`;
    yield find("not-a-repository", ["run"], `There is no git repository here.${why}`);
    return;
  }
  if (repository.kind === "bare") {
    yield find("repository-bare", ["run"], "The repository is bare: it has no checkout.");
    return;
  }
  if (repository.operation !== null) {
    const message = `The repository is in the middle of a ${repository.operation}.`;
    yield find("repository-busy", ["run"], message);
  }
  if (repository.base === null) {
    const none =
      plan.base === "HEAD" ? " The repository has no commit yet." : suggest(plan.base, repository.refs);
    yield find("base-missing", place, `The base ${quote(plan.base)} does not name a commit.${none}`);
  } else if (repository.missing.count > 0) {
    const { count, fetchCommand } = repository.missing;
    const message = `The repository lacks ${count} object${count === 1 ? "" : "s"} of ${quote(plan.base)}; fetch with ${quote(fetchCommand)}.`;
    yield find("objects-missing", place, message);
  }
  yield* lintPaths(context);
  for (const { path, state } of repository.brokenSubmodules)
    yield state === "absent"
      ? find("submodule-absent", place, `The submodule ${quote(path)} is not initialised.`)
      : find("submodule-incomplete", place, incompleteSubmodule(path));
  if (repository.uncommitted.length > 0) {
    const some = listSome(repository.uncommitted);
    const message = `The checkout has uncommitted changes, and the run starts without them: ${some}.`;
    yield find("uncommitted-changes", place, message);
  }
  for (const [index, path] of plan.carry.entries()) {
    if (!facts.missingCarry.has(path)) continue;
    yield find("carry-missing", ["carry", index], `The carried file ${quote(path)} is not in the checkout.`);
  }
}

const incompleteSubmodule = (path: string): string =>
  `The submodule ${quote(path)} lacks objects of the commit that base names; with base checked out, fetch with \`git submodule update --init --recursive\`.`;

/** A path that cannot be named whole would fail in each workspace, in one program or another. */
function* lintPaths({ plan, facts, find }: LintContext): Iterable<Finding> {
  const tooLong = [...facts.repository.paths].filter((path) => isTooLong(path, facts.longestPath));
  const [path] = tooLong;
  if (path === undefined) return;
  const others = tooLong.length === 1 ? "" : ` (and ${tooLong.length - 1} more)`;
  const message = `The path ${quote(path)} of ${quote(plan.base)} ${howLong(path, facts.longestPath)}${others}.`;
  yield find("path-too-long", ["run", "base"], message);
}
