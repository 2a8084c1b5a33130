import { pathKey } from "../domain/paths.ts";
import type { Deliverable } from "../domain/plan.ts";
import type { SourcePath } from "./document.ts";
import type { Finding } from "./findings.ts";
import type { LintContext } from "./lint.ts";
import type { ParsedPhase } from "./parse-phase.ts";
import { howLong, isTooLong } from "./path-length.ts";
import { quote, suggest } from "./wording.ts";

interface Owned {
  readonly phase: ParsedPhase;
  readonly deliverable: Deliverable;
  readonly path: SourcePath;
}

/** Every deliverable against the policy, the repository and the other phases. */
export function* lintDeliverables(context: LintContext): Iterable<Finding> {
  const owned = context.parsed.phases.flatMap((phase) =>
    phase.spec.deliverables.map(
      (deliverable, index): Owned => ({
        phase,
        deliverable,
        path: phase.deliverablePaths[index] as SourcePath,
      }),
    ),
  );
  const byPath = Map.groupBy(owned, ({ deliverable }) => pathKey(deliverable.path));
  const folders = foldersOf(context.facts.repository.paths);
  for (const item of owned) {
    yield* lintPolicy(context, item);
    yield* lintPlace(context, item, folders, byPath);
  }
  for (const owners of byPath.values()) yield* lintOwners(context, owners);
}

function* lintPolicy({ rules, find }: LintContext, { phase, deliverable, path }: Owned): Iterable<Finding> {
  const { id, scope } = phase.spec;
  const judgement = rules.assessPath(deliverable.path, { phaseId: id, write: scope.write });
  if (judgement.verdict === "allowed") return;
  const code = judgement.kind === "protected-path" ? "deliverable-protected" : "deliverable-out-of-scope";
  yield find(code, path, judgement.message, id);
}

function* lintPlace(
  { facts, order, find }: LintContext,
  { phase, deliverable, path }: Owned,
  folders: ReadonlySet<string>,
  owners: ReadonlyMap<string, readonly Owned[]>,
): Iterable<Finding> {
  const { ignored, unreachable, paths, submodules } = facts.repository;
  const { id } = phase.spec;
  const name = quote(deliverable.path);
  const isDeletedBefore = (file: string) =>
    owners
      .get(pathKey(file))
      ?.some(
        (other) =>
          other.deliverable.change === "delete" &&
          (other.phase === phase || order.isBefore(other.phase, phase)),
      ) ?? false;
  const above = parentsOf(deliverable.path).find((parent) => paths.has(parent) && !isDeletedBefore(parent));
  if (above !== undefined || unreachable.has(deliverable.path)) {
    const what =
      above === undefined
        ? "a submodule or behind a symbolic link"
        : `${quote(above)}, which is no folder at base`;
    yield find("deliverable-unreachable", path, `The deliverable ${name} lies in ${what}.`, id);
  }
  if (submodules.has(deliverable.path)) {
    yield find("deliverable-not-a-file", path, `The deliverable ${name} is a submodule at base.`, id);
  }
  // An ignore rule does not hold for a file that is tracked.
  if (ignored.has(deliverable.path) && !paths.has(deliverable.path)) {
    yield find("deliverable-ignored", path, `Git ignores the deliverable ${name}.`, id);
  }
  if (isTooLong(deliverable.path, facts.longestPath)) {
    const message = `The deliverable ${name} ${howLong(deliverable.path, facts.longestPath)}.`;
    yield find("path-too-long", path, message, id);
  }
  if (folders.has(deliverable.path)) {
    yield find("deliverable-not-a-file", path, `The deliverable ${name} is a folder at base.`, id);
  }
}

/** All who deliver one path: in a certain order, each finding the file as the one before leaves it. */
function* lintOwners(context: LintContext, owners: readonly Owned[]): Iterable<Finding> {
  const { order, find } = context;
  for (const [index, item] of owners.entries()) {
    const { phase, deliverable, path } = item;
    const name = quote(deliverable.path);
    const earlier = owners.slice(0, index);
    if (earlier.some((other) => other.phase === phase)) {
      const message = `The phase ${quote(phase.spec.id)} lists the deliverable ${name} twice.`;
      yield find("deliverable-duplicate", path, message, phase.spec.id);
      continue;
    }
    const rival = earlier.find(
      (other) => !order.isBefore(other.phase, phase) && !order.isBefore(phase, other.phase),
    );
    if (rival !== undefined) {
      const other = quote(rival.phase.spec.id);
      const message = `The deliverable ${name} of ${quote(phase.spec.id)} is also one of ${other}, in no certain order.`;
      yield find("deliverable-shared", path, message, phase.spec.id);
      continue;
    }
    yield* lintPresence(context, item, owners);
  }
}

function* lintPresence(
  { order, facts, find }: LintContext,
  { phase, deliverable, path }: Owned,
  owners: readonly Owned[],
): Iterable<Finding> {
  const { repository } = facts;
  // Without the base's paths nothing is known, and the repository has a finding of its own.
  if (repository.base === null || repository.missing.count > 0) return;
  const before = owners.filter((other) => order.isBefore(other.phase, phase));
  const last = before.find((other) =>
    before.every((one) => one === other || order.isBefore(one.phase, other.phase)),
  );
  const exists =
    last === undefined ? repository.paths.has(deliverable.path) : last.deliverable.change !== "delete";
  const { change } = deliverable;
  const name = quote(deliverable.path);
  if ((change === "modify" || change === "delete") && !exists) {
    const near = suggest(deliverable.path, repository.paths);
    const rest = "neither exists at base nor is delivered by a phase that comes before.";
    const message = `The deliverable ${name} is to be ${change === "modify" ? "modified" : "deleted"}, but ${rest}`;
    yield find("deliverable-absent", path, message + near, phase.spec.id);
  }
  if (change === "create" && exists) {
    const where = last === undefined ? "at base" : `after the phase ${quote(last.phase.spec.id)}`;
    yield find("deliverable-exists", path, `The deliverable ${name} already exists ${where}.`, phase.spec.id);
  }
}

/** The folders that a path lies in, the nearest first. */
function parentsOf(path: string): string[] {
  const parents: string[] = [];
  for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1))
    parents.push(path.slice(0, slash));
  return parents;
}

function foldersOf(paths: Iterable<string>): Set<string> {
  const folders = new Set<string>();
  for (const path of paths) {
    for (const folder of parentsOf(path)) {
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  }
  return folders;
}
