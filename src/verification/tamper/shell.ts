import { createLineIndex } from "./model.ts";
import { type PlainNode, parsePlain } from "./plain-tree.ts";

/** A place in a script where the failure of a check is lost. */
export interface Swallow {
  readonly line: number;
  readonly how: string;
  readonly command: string;
  readonly severity: "block" | "review";
}

const programs =
  /^(?:vitest|jest|mocha|ava|tap|tape|borp|pytest|py\.test|tox|nox|eslint|oxlint|biome|standard|xo|tsc|vue-tsc|tsd|mypy|pyright|basedpyright|ruff|flake8|pylint|nyc|c8|coverage|playwright|cypress|karma|qunit|uvu|knip|stylelint|golangci-lint|phpunit|rspec)$/;
const starters =
  /^(?:npm|pnpm|yarn|npx|bunx?|make|just|python3?|node|uv|poetry|pipenv|hatch|cargo|go|deno|xvfb-run|cross-env|env|time|timeout|run-s|run-p|turbo|nx|lerna|rush|pdm|rye)$/;
const checkWords =
  /(?:^|[\s:/=])(?:(?:unit|e2e|integration)?-?tests?|lint|check|checks|typecheck|type-check|types|verify|vet|clippy|coverage|vitest|jest|mocha|ava|tap|pytest|unittest|tox|nox|eslint|oxlint|biome|tsc|mypy|pyright|ruff|flake8|pylint|c8|nyc|playwright|cypress)(?=$|[\s:;./])|--test\b/;

const namedOf = (node: PlainNode): PlainNode[] =>
  node.children.filter(({ named, type }) => named && type !== "comment");

/** Whether the command is one whose failure says that the code is wrong. */
function isCheck(node: PlainNode): boolean {
  if (node.type !== "command") return namedOf(node).some((below) => isCheck(below));
  const name = (node.text.replace(/^(?:\w+=\S*\s+)+/, "").split(/\s+/)[0] ?? "").split("/").at(-1) ?? "";
  return programs.test(name) || (starters.test(name) && checkWords.test(node.text));
}

/** Whether it succeeds whatever came before. */
function succeeds(node: PlainNode): boolean {
  const text = node.text.trim();
  if (node.type === "command")
    return /^(?:true|:|exit\s+0|return\s+0|echo\b[^]*|printf\b[^]*|exit)$/.test(text);
  if (node.type === "list") return namedOf(node).every((below) => succeeds(below));
  if (/^(?:compound_statement|subshell|redirected_statement)$/.test(node.type)) {
    const last = namedOf(node)
      .filter(({ type }) => type !== "file_redirect")
      .at(-1);
    return last !== undefined && succeeds(last);
  }
  return false;
}

/** Whether a branch tells of a failure: it leaves with a code, or keeps it. */
const heeds = (node: PlainNode): boolean =>
  (node.type === "command" &&
    /^(?:exit|return)\s+(?!0\b)|^false$|^(?:kill|fail|die|error|abort)\b/.test(node.text)) ||
  node.type === "variable_assignment" ||
  node.children.some((below) => heeds(below));

/** Options with which a check passes that has found something, or nothing to do. */
const lenient =
  /(?:^|\s)(--pass-?with-?no-?tests(?!=false)|--passWithNoTests(?!=false)|--exit-zero|--suppress-no-test-exit-code|--no-error-on-no-tests|--allow-incomplete-coverage)\b/i;
const updating =
  /(?:^|[\s/])(?:vitest|jest|pytest|ava|playwright)\b[^;&|]*\s(?:-u|--update(?:-?snapshots?)?|--snapshot-update)\b/i;

export interface ShellText {
  readonly text: string;
  /** One command line, of which the last command decides: a script of package.json, a line of a recipe. */
  readonly isLine: boolean;
}

/** Without one of these no failure can be lost; most lines are not worth a tree. */
const mayLose = /[|;&!]|\bif\b|\bset\b|\bexit\b|--|\s-u\b/;

/** Finds where failures are lost. A text that does not parse has no findings. */
export async function readSwallows({ text: raw, isLine }: ShellText): Promise<Swallow[]> {
  const source = raw.replace(/\$\{\{[^}]*\}\}/g, (hole) => "x".repeat(hole.length));
  const root = mayLose.test(source) ? await parsePlain("bash", source) : null;
  if (!root) return [];
  const lineAt = createLineIndex(source);
  const found: Swallow[] = [];
  const add = (node: PlainNode, how: string, severity: Swallow["severity"] = "block") =>
    found.push({
      line: lineAt(node.start),
      how,
      severity,
      command: node.text.replace(/\s+/g, " ").slice(0, 200),
    });
  const visit = (node: PlainNode, isAsked = false): void => {
    const below = namedOf(node);
    const [left, right] = below;
    if (node.type === "list" && left && right) {
      const isOr = node.children.some(({ type }) => type === "||");
      if (isOr && isCheck(left) && succeeds(right)) add(left, `\`|| ${right.text.slice(0, 30)}\``);
    }
    if (
      node.type === "if_statement" &&
      isCheck(below[0] ?? node) &&
      !below.slice(1).some((branch) => heeds(branch))
    )
      add(below[0] ?? node, "`if` that does not tell of it", "review");
    if (node.type === "negated_command" && !isAsked && isCheck(node)) add(node, "`!`", "review");
    if (
      node.type === "pipeline" &&
      left &&
      below.length > 1 &&
      isCheck(left) &&
      !/\bpipefail\b/.test(source) &&
      /^(?:tee|cat|tail|head|grep|sed)\b/.test((below.at(-1) ?? node).text)
    )
      add(left, "a pipe, of which only the end counts", "review");
    if (node.type === "command") {
      const text = node.text;
      const option = isCheck(node) ? lenient.exec(text) : null;
      if (option) add(node, `\`${option[1]}\``);
      if (updating.test(text)) add(node, "an option that rewrites what it is compared with", "review");
      if (/^set\s+(?:\+e|\+o\s+errexit)\b/.test(text) && !/\$\?|PIPESTATUS/.test(source))
        add(node, "`set +e`", "review");
    }
    for (const [index, one] of node.children.entries())
      if (one.type === "&" && !/\bwait\b/.test(source)) {
        const started = node.children[index - 1];
        if (started && isCheck(started)) add(started, "`&`, with nothing waiting for it", "review");
      }
    for (const [index, one] of below.entries())
      visit(one, index === 0 && /^(?:if|while|elif)_(?:statement|clause)$/.test(node.type));
  };
  visit(root);
  const statements = namedOf(root);
  const last = statements.at(-1);
  const stops = /(?:^|\n)\s*set\s+-\w*e|^#!.*\s-e/.test(source);
  const isEnd = last && (isLine ? succeeds(last) : /^exit\s+0$/.test(last.text) && !stops);
  const before = statements.slice(0, -1).findLast((statement) => isCheck(statement));
  // What is between keeps the code, or leaves with it.
  const kept = statements.slice(0, -1).some((statement) => heeds(statement));
  if (last && isEnd && before && !kept) add(before, `\`; ${last.text.slice(0, 30)}\``);
  return found;
}

/** Whether a line of shell runs nothing that can fail. */
export async function isHarmless(line: string): Promise<boolean> {
  const root = await parsePlain("bash", line);
  const statements = root ? namedOf(root) : [];
  return statements.every((statement) => succeeds(statement)) && root !== null;
}

/** Whether a line of shell runs a check. */
export async function runsCheck(line: string): Promise<boolean> {
  const root = await parsePlain("bash", line);
  return root !== null && isCheck(root);
}
