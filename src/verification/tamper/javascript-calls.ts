import type { ScriptNames } from "./javascript-names.ts";
import {
  child,
  children,
  isFunction,
  list,
  memberName,
  type Node,
  print,
  stringOf,
  text,
  unwrap,
} from "./javascript-tree.ts";
import type { Mark } from "./model.ts";

/** A call that defines a test or a suite: `describe.skip.each(rows)("title", options, body)`. */
export interface TestCall {
  readonly kind: "test" | "suite";
  readonly node: Node;
  readonly title: string;
  /** `it.skip`, as written. */
  readonly spoken: string;
  readonly modifiers: readonly string[];
  /** What `skipIf` and its like were called with. */
  readonly conditions: readonly { readonly name: string; readonly given: Node | undefined }[];
  readonly tables: readonly Node[];
  readonly cases: readonly string[] | null;
  readonly options: Node | null;
  readonly body: Node | null;
  /** The body is given by name. */
  readonly opaque: boolean;
}

const suites = /^(?:describe|suite|context|fdescribe|xdescribe|xcontext|ddescribe)$/;
const tests = /^(?:it|test|specify|fit|xit|xtest|xspecify|Deno|QUnit)$/;
const modifiers =
  /^(?:skip|only|todo|each|for|concurrent|sequential|serial|parallel|failing|fails|fixme|skipIf|runIf|shuffle|describe|test|it|cb|module|suite|if)$/;

interface Chain {
  readonly root: string;
  readonly parts: readonly string[];
  readonly called: readonly { readonly name: string; readonly given: Node }[];
}

function readChain(callee: Node): Chain | null {
  const [parts, called]: [string[], { name: string; given: Node }[]] = [[], []];
  let at: Node | null = callee;
  while (at) {
    if (at.type === "Identifier") return { root: text(at, "name"), parts: parts.reverse(), called };
    if (at.type === "ThisExpression") return { root: "this", parts: parts.reverse(), called };
    if (at.type === "MemberExpression" && memberName(at) !== "") {
      parts.push(memberName(at));
      at = child(at, "object");
    } else if (at.type === "CallExpression" || at.type === "TaggedTemplateExpression") {
      const inner: Node | null = child(at, at.type === "CallExpression" ? "callee" : "tag");
      called.push({ name: text(child(inner, "property"), "name"), given: at });
      at = inner;
    } else return null;
  }
  return null;
}

/** The rows of a table, printed; null where they are not written out. */
function rowsOf(table: Node): string[] | null {
  if (table.type === "TaggedTemplateExpression") return list(child(table, "quasi"), "expressions").map(print);
  const rows = list(table, "arguments")[0];
  return rows && unwrap(rows).type === "ArrayExpression" ? list(unwrap(rows), "elements").map(print) : null;
}

export function readTestCall(node: Node, names: ScriptNames): TestCall | null {
  const callee = child(node, "callee");
  const chain = callee && readChain(callee);
  if (!chain) return null;
  const given = list(node, "arguments");
  const root = names.tests.get(chain.root) ?? chain.root;
  const isMember = chain.parts.at(-1) === "test" && given.some(isFunction) && root !== "test";
  const isSuite =
    suites.test(root) ||
    chain.parts.includes("describe") ||
    (root === "QUnit" && chain.parts.includes("module"));
  if (
    !isMember &&
    !isSuite &&
    !tests.test(root) &&
    !(
      root === "t" &&
      names.tests.has(chain.root) &&
      /^(?:test|skip|only|todo)$/.test(chain.parts.at(-1) ?? "")
    )
  )
    return null;
  if (!isMember && chain.parts.some((part) => !modifiers.test(part))) return null;
  // `it.each(rows)` alone, and `skipIf(condition)`, are what is called next.
  if (/^(?:each|for|skipIf|runIf|if)$/.test(chain.parts.at(-1) ?? "") && chain.called.length === 0)
    return null;
  const body = given.find(isFunction) ?? null;
  const named = given
    .slice(1)
    .find(
      (one) => one.type === "Identifier" || one.type === "CallExpression" || one.type === "MemberExpression",
    );
  const first = given[0];
  if (!first || (body === null && stringOf(first) === null)) return null;
  if (isSuite && body === null) return null;
  const tables = chain.called.filter(({ name }) => /^(?:each|for)$/.test(name)).map(({ given }) => given);
  const rows = tables.map(rowsOf);
  return {
    kind: isSuite ? "suite" : "test",
    node,
    title: stringOf(first) ?? (isFunction(first) ? text(child(first, "id"), "name") : print(first)),
    spoken: [chain.root, ...chain.parts].join("."),
    modifiers: [root, ...chain.parts],
    conditions: chain.called
      .filter(({ name }) => /^(?:skipIf|runIf|if)$/.test(name))
      .map(({ name, given }) => ({ name, given: list(given, "arguments")[0] })),
    tables,
    cases: rows.length > 0 && rows.every((one) => one !== null) ? rows.flat() : null,
    options: given.find(({ type }) => type === "ObjectExpression") ?? null,
    body,
    opaque: body === null && named !== undefined,
  };
}

function option(call: TestCall, name: string): Node | null {
  for (const property of list(call.options, "properties")) {
    const key = child(property, "key");
    if (text(key, "name") === name || stringOf(key) === name) return child(property, "value");
  }
  return null;
}
const holds = (value: Node | null): "yes" | "no" | "perhaps" =>
  value === null
    ? "no"
    : value.type === "Literal" || stringOf(value) !== null
      ? value["value"] === false || value["value"] === null
        ? "no"
        : "yes"
      : text(value, "name") === "undefined"
        ? "no"
        : "perhaps";

export function skipMark(call: TestCall, line: number): Mark | null {
  const sure = (how: string): Mark => ({ line, how, conditional: false });
  if (call.modifiers.some((part) => /^(?:skip|todo|xit|xtest|xspecify|xdescribe|xcontext|fixme)$/.test(part)))
    return sure(call.spoken);
  if (call.modifiers.some((part) => /^(?:failing|fails)$/.test(part)))
    return sure(`${call.spoken}, expected to fail`);
  if (call.kind === "test" && call.body === null && !call.opaque)
    return sure(`${call.spoken} without a body`);
  for (const { name, given } of call.conditions) {
    const truth = holds(given ?? null);
    if (truth === (name === "skipIf" ? "yes" : "no"))
      return sure(`${call.spoken} on a condition that always holds`);
    if (truth === "perhaps") return { line, how: call.spoken, conditional: true };
  }
  for (const name of ["skip", "todo", "fails", "ignore"]) {
    const truth = holds(option(call, name));
    if (truth !== "no") return { line, how: `option ${name}`, conditional: truth === "perhaps" };
  }
  return null;
}

export function focusMark(call: TestCall, line: number): Mark | null {
  const focused = call.modifiers.some((part) => /^(?:only|fit|fdescribe|ddescribe)$/.test(part));
  if (focused) return { line, how: call.spoken, conditional: false };
  return holds(option(call, "only")) === "yes" ? { line, how: "option only", conditional: false } : null;
}

/** Whether a statement leaves the test, or tells the runner to skip it. */
function leaves(statement: Node, parameters: readonly string[]): "skip" | "return" | null {
  if (statement.type === "ReturnStatement") {
    const value = child(statement, "argument");
    if (value?.type === "CallExpression") return isSkipCall(value, parameters) ? "skip" : "return";
    return "return";
  }
  if (statement.type === "BlockStatement") {
    const inside = list(statement, "body")
      .map((one) => leaves(one, parameters))
      .filter((one) => one !== null);
    return inside[0] ?? null;
  }
  const expression = child(statement, "expression");
  const call = expression?.type === "AwaitExpression" ? child(expression, "argument") : expression;
  return statement.type === "ExpressionStatement" && call && isSkipCall(call, parameters) ? "skip" : null;
}

function isSkipCall(call: Node, parameters: readonly string[]): boolean {
  const callee = child(call, "callee");
  const object = child(callee, "object");
  return (
    call.type === "CallExpression" &&
    /^(?:skip|todo|fixme|pending)$/.test(text(child(callee, "property"), "name")) &&
    (object?.type === "ThisExpression" ||
      parameters.includes(text(object, "name")) ||
      /^(?:test|it|ctx|context)$/.test(text(object, "name")))
  );
}

const isBare = (node: Node | null): boolean =>
  node !== null &&
  (node.type === "ReturnStatement"
    ? child(node, "argument") === null || !children(node).some((below) => /Call|Await/.test(below.type))
    : list(node, "body").length === 1 && isBare(list(node, "body")[0] ?? null));

/** What ends a test before its work: a call of `skip`, or a `return` with statements behind it. */
export function skipOfBody(body: Node, lineAt: (offset: number) => number): Mark | null {
  const block = child(body, "body");
  if (block?.type !== "BlockStatement") return null;
  const parameters = list(body, "params").flatMap((parameter) =>
    parameter.type === "ObjectPattern"
      ? list(parameter, "properties").map((one) => text(child(one, "key"), "name"))
      : [text(parameter, "name")],
  );
  const statements = list(block, "body");
  const last = statements.findLastIndex(
    ({ type }) => type !== "FunctionDeclaration" && type !== "EmptyStatement",
  );
  for (const [index, statement] of statements.entries()) {
    const isLast = index >= last;
    const line = lineAt(statement.start);
    const how = leaves(statement, parameters);
    if (how === "skip") {
      const call = child(statement, "expression");
      const condition = list(call, "arguments")[0];
      const sure =
        !condition || condition.type === "Literal" || stringOf(condition) !== null || parameters.length > 0;
      return { line, how: "a call of skip", conditional: !sure };
    }
    if (how === "return" && statement.type === "ReturnStatement" && !isLast)
      return { line, how: "returns before what follows", conditional: false };
    if (statement.type !== "IfStatement" || isLast || child(statement, "alternate")) continue;
    const consequent = child(statement, "consequent");
    const left = consequent && leaves(consequent, parameters);
    if (left === "skip" || (left === "return" && isBare(consequent))) {
      const test = child(statement, "test");
      return {
        line,
        how: left === "skip" ? "a call of skip" : "returns early",
        conditional: !(test && holds(test) === "yes"),
      };
    }
  }
  return null;
}
