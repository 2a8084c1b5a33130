import type { Said } from "./javascript-claims.ts";
import { literalsOf } from "./javascript-tree.ts";
import type { Strength } from "./model.ts";
import { at, hasCall, named, type PythonNode, printPython, pythonString } from "./python-tree.ts";
import type { Claim } from "./strength.ts";

const predicates =
  /^(?:isinstance|issubclass|callable|hasattr|all|any|is_?\w+|has_?\w+|\w*exists|startswith|endswith|\w*match\w*|allclose|array_equal|array_equiv|equals|\w*equal\w*)$/i;

function isConstant(node: PythonNode): boolean {
  if (/^(?:true|false|none|integer|float)$/.test(node.type) || pythonString(node) !== null) return true;
  if (
    /^(?:parenthesized_expression|list|tuple|set|dictionary|pair|not_operator|unary_operator|binary_operator|comparison_operator|boolean_operator)$/.test(
      node.type,
    )
  )
    return named(node).every(isConstant);
  return false;
}

const inner = (node: PythonNode): PythonNode => {
  let found = node;
  while (found.type === "parenthesized_expression") found = named(found)[0] ?? found;
  return found;
};

function isTruthy(node: PythonNode): boolean {
  const known = pythonString(node);
  if (known !== null) return known !== "";
  if (node.type === "true") return true;
  if (node.type === "integer" || node.type === "float") return Number(node.text.replaceAll("_", "")) !== 0;
  if (/^(?:tuple|list|set|dictionary)$/.test(node.type)) return named(node).length > 0;
  return node.type === "not_operator" && /^(?:false|none)$/.test(named(node)[0]?.type ?? "");
}

/** What it says to hold that an expression is true. */
function readTruth(given: PythonNode): Claim {
  const node = inner(given);
  const claim = (strength: Strength): Claim => ({
    subject: printPython(node),
    matcher: "true",
    expected: "",
    strength,
  });
  if (isTruthy(node)) return claim(0);
  if (node.type === "boolean_operator") {
    const strengths = named(node).map((side) => readTruth(side).strength);
    const either = node.children.some(({ type }) => type === "or");
    return claim((either ? Math.min(...strengths, 1) : Math.max(...strengths)) as Strength);
  }
  if (node.type === "comparison_operator") {
    const [left, right] = named(node);
    const operators = node.children.filter((below) => below.field === "operators");
    if (!left || !right || operators.length !== 1) return claim(2);
    return readComparison(left, operators[0]?.text.replace(/\s+/g, " ") ?? "", right);
  }
  if (node.type === "call") {
    const callee = at(node, "function");
    const name = callee?.type === "attribute" ? at(callee, "attribute")?.text : callee?.text;
    return claim(predicates.test(name ?? "") ? 2 : 1);
  }
  return claim(node.type === "not_operator" ? 2 : 1);
}

function readComparison(left: PythonNode, operator: string, right: PythonNode): Claim {
  const [subject, expected] = [printPython(left), printPython(right)];
  const base = { subject, matcher: operator, expected };
  if (/^(?:==|is|<=|>=)$/.test(operator)) {
    if (subject === expected && !hasCall(left)) return { ...base, strength: 0 };
    return { ...base, strength: operator === "==" || operator === "is" ? 3 : 2 };
  }
  if (/^(?:!=|is not|<>)$/.test(operator)) {
    if (isConstant(left) && isConstant(right) && subject !== expected) return { ...base, strength: 0 };
    return { ...base, strength: expected === "None" ? 1 : 2 };
  }
  return { ...base, strength: 2 };
}

const exact =
  /^(?:assert(?:Equals?|Is|IsNone|CountEqual|DictEqual|ListEqual|TupleEqual|SetEqual|MultiLineEqual|SequenceEqual|AlmostEquals?|False|JSONEqual|QuerySetEqual|NumQueries)|assert_(?:called_with|called_once_with|called_once|any_call|has_calls|not_called|awaited_once_with|awaited_with|equal|array_equal|allclose|almost_equal|array_almost_equal|frame_equal|series_equal))$/;

function finish(claim: Claim): Said {
  return {
    ...claim,
    literals: literalsOf(claim.expected),
    wild: claim.expected.match(/\bANY\b/g)?.length ?? 0,
  };
}

function raises(args: readonly PythonNode[]): Said {
  const kind = args[0]?.type === "keyword_argument" ? undefined : args[0];
  const match = args.find((one) => one.type === "keyword_argument" && at(one, "name")?.text === "match");
  const any = /^(?:Exception|BaseException)$/.test(kind?.text ?? "");
  const expected = [kind, match].map(printPython).join(" ");
  return finish({ subject: "raises", matcher: "raises", expected, strength: any && !match ? 1 : 3 });
}

/** The assertion that a statement or a call makes; null where it makes none. */
export function readPythonAssertion(node: PythonNode): Said | null {
  if (node.type === "assert_statement") {
    const told = named(node)[0];
    return told ? finish(readTruth(told)) : null;
  }
  if (node.type !== "call") return null;
  const callee = at(node, "function");
  const name = (callee?.type === "attribute" ? at(callee, "attribute") : callee)?.text ?? "";
  const args = named(at(node, "arguments"));
  const [first, second] = args;
  if (/^(?:pytest\.raises|raises|pytest\.warns|pytest\.deprecated_call)$/.test(callee?.text ?? ""))
    return raises(args);
  if (callee?.text === "pytest.fail" || callee?.text.endsWith(".fail")) return null;
  if (!/^(?:self|cls)$/.test(at(callee, "object")?.text ?? "") && !name.startsWith("assert_")) return null;
  if (/^assertRaises(?:Regex)?$|^assertWarns/.test(name)) return raises(args);
  if (!/^assert[A-Z_]/.test(name)) return null;
  if (name === "assertTrue" && first) return finish(readTruth(first));
  if (name === "assertIsNotNone" && first)
    return finish({ subject: printPython(first), matcher: name, expected: "None", strength: 1 });
  if (name === "assertEqual" && first && second) return finish(readComparison(first, "==", second));
  const isMock = /^assert_(?:called|any_call|has_calls|not_called|awaited)/.test(name);
  const expected = (isMock ? args : args.slice(1, 2)).map(printPython).join(" , ");
  return finish({
    subject: printPython(isMock ? at(callee, "object") : first),
    matcher: name,
    expected,
    strength: exact.test(name) ? 3 : 2,
  });
}
