import { type Argv, type BuilderRef, showArgv } from "../domain/plan.ts";
import { builderOf, buildersOf, firstProgram, isInstalled } from "./commands.ts";
import type { SourcePath } from "./document.ts";
import type { Finding } from "./findings.ts";
import type { LintContext } from "./lint.ts";
import { quote, suggest } from "./wording.ts";

/** What the plan starts: setup, checks, acceptance, builders. */
export function* lintCommands(context: LintContext): Iterable<Finding> {
  const { plan, parsed, find } = context;
  for (const [index, argv] of plan.setup.entries()) {
    yield* lintProgram(context, argv, ["setup", index], "The setup command");
  }
  for (const { name, argv, fix } of plan.checks) {
    yield* lintProgram(context, argv, ["checks", name], `The check ${quote(name)}`);
    if (fix) yield* lintProgram(context, fix, ["checks", name], `What mends the check ${quote(name)}`);
  }
  for (const { spec, path } of parsed.phases) {
    if (plan.checks.length === 0 && spec.acceptance.length === 0) {
      const message = `Nothing would verify the phase ${quote(spec.id)}: there is no check and no acceptance.`;
      yield find("nothing-verifies", [...path, "id"], message, spec.id);
    }
    const taken = new Set(plan.checks.map((check) => check.name));
    for (const [index, { name, argv }] of spec.acceptance.entries()) {
      const place = [...path, "acceptance", index];
      if (taken.has(name)) {
        const message = `The name ${quote(name)} is already that of another check of this phase.`;
        yield find("duplicate-id", place, message, spec.id);
      }
      taken.add(name);
      yield* lintProgram(context, argv, place, `The acceptance command ${quote(name)}`, spec.id);
    }
  }
  yield* lintBuilders(context);
}

function* lintBuilders(context: LintContext): Iterable<Finding> {
  const { parsed, rules, find } = context;
  for (const { spec, path } of parsed.phases) {
    const own = [...path, "builder"];
    const place = parsed.source.has(own) ? own : ["defaults", "builder"];
    const at = parsed.source.has(place) ? place : [...path, "id"];
    if (spec.builder.kind === "named" && spec.builder.name === "") {
      yield find("no-builder", at, `The phase ${quote(spec.id)} has no builder.`, spec.id);
      continue;
    }
    for (const ref of buildersOf(spec, rules.findBuilder)) {
      const isOwn = ref === spec.builder;
      const place = isOwn ? at : placeOfFallback(context, path);
      const which = isOwn ? "builder" : `fallback ${quote(ref.kind === "named" ? ref.name : "")}`;
      yield* lintBuilder(context, ref, place, `The ${which} of ${quote(spec.id)}`, spec.id);
    }
  }
}

function placeOfFallback({ parsed }: LintContext, path: SourcePath): SourcePath {
  const places = [
    [...path, "fallback"],
    ["defaults", "fallback"],
    [...path, "builder"],
  ];
  return places.find((place) => parsed.source.has(place)) ?? [...path, "id"];
}

function* lintBuilder(
  context: LintContext,
  ref: BuilderRef,
  at: SourcePath,
  subject: string,
  phaseId: string,
): Iterable<Finding> {
  const { rules, facts, find } = context;
  const builder = builderOf(ref, rules.findBuilder);
  if (builder === undefined) {
    const name = ref.kind === "named" ? ref.name : "";
    const message = `The phase ${quote(phaseId)} wants the builder ${quote(name)}, which is not configured.`;
    yield find("unknown-builder", at, message + suggest(name, rules.builderNames), phaseId);
    return;
  }
  if (builder.argv !== undefined) yield* lintProgram(context, builder.argv, at, subject, phaseId);
  for (const path of builder.writable ?? []) {
    if (!rules.opensOwn(path)) continue;
    const message = `${subject} may change ${quote(path)}, which holds the checkout, its git folder or our own state, or lies in one of them.`;
    yield find("writable-refused", at, message, phaseId);
  }
  for (const name of builder.unhidden ?? []) {
    const message = `${subject} sees ${quote(name)}, whose value is too short to be hidden in its output.`;
    yield find("secret-too-short", at, message, phaseId);
  }
  if (builder.script !== undefined && facts.missingScripts.has(builder.script)) {
    const message = `${subject} has the script ${quote(builder.script)}, which does not exist.`;
    yield find("builder-script-missing", at, message, phaseId);
  }
}

function* lintProgram(
  { facts, parsed, find }: LintContext,
  argv: Argv,
  path: SourcePath,
  subject: string,
  phaseId?: string,
): Iterable<Finding> {
  const program = firstProgram(argv);
  if (program === null) return;
  const command = quote(showArgv(argv));
  if (isInstalled(program.name)) {
    if (!facts.missingPrograms.has(program.name)) return;
    const message = `${subject}, ${command}, starts ${quote(program.name)}, which cannot be found.`;
    yield find(program.required ? "program-missing" : "program-doubtful", path, message, phaseId);
    return;
  }
  const file = program.name.replace(/^(?:\.\/+)+/, "");
  const delivered = parsed.phases.some(({ spec }) => spec.deliverables.some((one) => one.path === file));
  if (facts.repository.base === null || facts.repository.paths.has(file) || delivered) return;
  const message = `${subject}, ${command}, starts ${quote(program.name)}, which does not exist at base.`;
  yield find("program-doubtful", path, message, phaseId);
}
