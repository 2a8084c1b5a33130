import type { Mark } from "./model.ts";
import { at, named, type PythonNode, pythonString } from "./python-tree.ts";

const calleeOf = (node: PythonNode): string =>
  (node.type === "call" ? at(node, "function") : node)?.text.replace(/\s+/g, "") ?? "";
const argsOf = (node: PythonNode): PythonNode[] => (node.type === "call" ? named(at(node, "arguments")) : []);

const always = (node: PythonNode | undefined): "yes" | "no" | "perhaps" => {
  if (!node) return "perhaps";
  if (node.type === "true" || (node.type === "integer" && Number(node.text) !== 0)) return "yes";
  if (node.type === "false" || node.type === "none" || node.text === "0") return "no";
  // A condition in a string is evaluated by pytest.
  return /^(?:True|1)$/.test(pythonString(node) ?? "") ? "yes" : "perhaps";
};

/** What a decorator, or an item of `pytestmark`, does to the tests below it. */
export function markOf(
  expression: PythonNode,
  line: number,
): { skip?: Mark; focus?: Mark; cases?: readonly PythonNode[] } {
  const callee = calleeOf(expression);
  const args = argsOf(expression);
  const name = callee.split(".").at(-1) ?? "";
  const skip = (conditional: boolean): { skip: Mark } => ({ skip: { line, how: `@${callee}`, conditional } });
  const isMark = /^(?:pytest\.)?mark\./.test(callee);
  const isUnittest = /^(?:unittest\.)?(?:skip|skipIf|skipUnless|expectedFailure)$/.test(callee);
  if (isMark && name === "only") return { focus: { line, how: `@${callee}`, conditional: false } };
  if (isMark && name === "parametrize") {
    const rows = args.find((one) => (at(one, "name")?.text ?? "") === "argvalues") ?? args[1];
    const values = rows?.type === "keyword_argument" ? at(rows, "value") : rows;
    return { cases: values && /^(?:list|tuple)$/.test(values.type) ? named(values) : [] };
  }
  if (/^parameterized(?:\.expand)?$|^(?:ddt\.)?(?:data|unpack)$|^given$/.test(callee)) return { cases: [] };
  if (!isMark && !isUnittest) return {};
  if (name === "skip") return skip(false);
  if (name === "expectedFailure")
    return { skip: { line, how: `@${callee}, expected to fail`, conditional: false } };
  if (name === "skipif" || name === "skipIf" || name === "skipUnless") {
    const condition =
      args.find((one) => one.type !== "keyword_argument") ??
      at(
        args.find((one) => at(one, "name")?.text === "condition"),
        "value",
      ) ??
      undefined;
    const truth = always(condition);
    if (truth === "perhaps") return skip(true);
    return (truth === "yes") === (name !== "skipUnless") ? skip(false) : {};
  }
  if (name === "xfail") {
    const condition = args.find((one) => one.type !== "keyword_argument");
    return {
      skip: {
        line,
        how: `@${callee}, expected to fail`,
        conditional: condition !== undefined && always(condition) === "perhaps",
      },
    };
  }
  return {};
}

/** `pytest.skip(…)`, `self.skipTest(…)`, `raise unittest.SkipTest`; `importorskip` asks first. */
function isSkip(statement: PythonNode): boolean {
  const first = named(statement)[0];
  if (statement.type === "raise_statement")
    return /^(?:unittest\.)?SkipTest\b|^pytest\.skip\b/.test(first?.text ?? "");
  if (statement.type !== "expression_statement" || first?.type !== "call") return false;
  return /^(?:pytest\.(?:skip|xfail)|(?:self|cls)\.skipTest)$/.test(calleeOf(first));
}

/** What ends a test before its work. */
export function skipOfBlock(block: PythonNode | null, lineAt: (offset: number) => number): Mark | null {
  const statements = named(block);
  for (const [index, statement] of statements.entries()) {
    const line = lineAt(statement.start);
    const last = index === statements.length - 1;
    if (isSkip(statement)) return { line, how: "a call of skip", conditional: false };
    if (statement.type === "return_statement" && !last)
      return { line, how: "returns before what follows", conditional: false };
    if (
      statement.type !== "if_statement" ||
      statement.children.some(({ type }) => /^(?:else|elif)_clause$/.test(type))
    )
      continue;
    const inside = named(at(statement, "consequence"));
    const condition = at(statement, "condition") ?? undefined;
    const conditional = always(condition) !== "yes";
    if (inside.some(isSkip)) return { line, how: "a call of skip", conditional };
    const only = inside[0];
    if (inside.length === 1 && only?.type === "return_statement" && named(only).length === 0 && !last)
      return { line, how: "returns early", conditional };
  }
  return null;
}
