import { focusMark, readTestCall, skipMark, skipOfBody, type TestCall } from "./javascript-calls.ts";
import { ofT, readAssertion, type Said } from "./javascript-claims.ts";
import { readExits } from "./javascript-exits.ts";
import { readNames, readReceivers, type ScriptNames } from "./javascript-names.ts";
import { readFileNames, readTraces } from "./javascript-traces.ts";
import {
  child,
  children,
  contains,
  isFunction,
  list,
  memberName,
  type Node,
  parseScript,
  print,
  text,
  unwrap,
  wordsOf,
} from "./javascript-tree.ts";
import { type Assertion, type Checks, type Code, createLineIndex, type Mark, type Test } from "./model.ts";

interface Owner {
  assertions: Assertion[];
  calls: string[];
}

/** A name that says that the function checks something. */
const saysItChecks = /^_?(?:expect|assert|check|verify|ensure|should|must)(?:[A-Z_]\w*)?$/;

interface Scope {
  readonly suite: readonly string[];
  readonly skip: Mark | null;
  readonly focus: Mark | null;
  readonly many: boolean;
  readonly owner: Owner | null;
  readonly inTest: boolean;
  readonly looped: boolean;
  /** To throw is to say that a check failed. */
  readonly throws: boolean;
  readonly swallowed: boolean;
}

const loops = /^(?:ForStatement|ForOfStatement|ForInStatement|WhileStatement|DoWhileStatement)$/;
const repeats = /^(?:forEach|map|flatMap|reduce|eachSeries|times|forEachAsync)$/;
/** What a handler of errors does when it does not drop them. */
const answers = /^(?:ThrowStatement|ReturnStatement)$/;

/** Whether an assertion that fails in the block is never heard of. */
function drops(handler: Node | null, asserts: (node: Node) => boolean): boolean {
  const body = child(handler, "body");
  if (!body) return false;
  const heeds = (node: Node): boolean =>
    answers.test(node.type) ||
    (node.type === "CallExpression" &&
      (asserts(node) ||
        /\b(?:fail|done|reject|next|cb|callback|exit|end)\b/.test(print(child(node, "callee"))) ||
        (list(node, "arguments").some((given) => given.type === "Identifier") &&
          !/\bconsole\b/.test(print(child(node, "callee")))))) ||
    node.type === "AssignmentExpression" ||
    children(node).some(heeds);
  return !heeds(body);
}

const deepestSuite = 12;

class Reader {
  readonly tests: Test[] = [];
  readonly helpers = new Map<string, Owner>();
  readonly path: string;
  readonly lineAt: (offset: number) => number;
  readonly names: ScriptNames;
  /** What the tests are given: `t`. */
  readonly receivers: Set<string>;
  /** Functions that assert, by the names they have here. */
  readonly given: Map<string, string>;
  private readonly asserts = (node: Node): boolean =>
    readAssertion(node, this.given, this.receivers) !== null;

  constructor(path: string, lineAt: (offset: number) => number, names: ScriptNames, receivers: Set<string>) {
    this.path = path;
    this.lineAt = lineAt;
    this.names = names;
    this.receivers = receivers;
    this.given = new Map(names.assertions);
  }

  visit(node: Node, scope: Scope): void {
    switch (node.type) {
      case "CallExpression":
        return this.visitCall(node, scope, false);
      case "ExpressionStatement": {
        const expression = unwrap(child(node, "expression") ?? node);
        if (expression.type === "CallExpression") return this.visitCall(expression, scope, true);
        if (expression.type === "MemberExpression" && this.addAssertion(expression, scope, false)) return;
        break;
      }
      case "TryStatement": {
        const handler = child(node, "handler");
        const block = child(node, "block");
        const swallowed = scope.swallowed || drops(handler, this.asserts);
        if (block) this.visit(block, { ...scope, swallowed });
        for (const rest of [handler, child(node, "finalizer")]) if (rest) this.visit(rest, scope);
        return;
      }
      case "IfStatement": {
        const test = child(node, "test");
        const never = test?.type === "Literal" && !test["value"];
        for (const below of children(node))
          if (!(never && below === child(node, "consequent"))) this.visit(below, scope);
        return;
      }
      case "ThrowStatement":
        if (scope.owner && scope.throws && child(node, "argument")?.type === "NewExpression")
          scope.owner.assertions.push(
            this.place(node, scope, {
              subject: "",
              matcher: "throw",
              expected: "",
              literals: [],
              wild: 0,
              strength: 2,
            }),
          );
        break;
      case "FunctionDeclaration":
      case "VariableDeclarator":
      case "MethodDefinition":
      case "Property":
        return this.visitNamed(node, scope);
    }
    const inner = loops.test(node.type) ? { ...scope, many: true, looped: true } : scope;
    for (const below of children(node)) this.visit(below, inner);
  }

  /** Functions outside of tests are what tests call: their assertions are those of the caller. */
  private visitNamed(node: Node, scope: Scope): void {
    const name = text(child(node, "id") ?? child(node, "key"), "name");
    const value = node.type === "FunctionDeclaration" ? node : (child(node, "init") ?? child(node, "value"));
    const isHelper = name !== "" && (node.type === "FunctionDeclaration" || isFunction(value));
    if (!isHelper || scope.inTest) {
      for (const below of children(node)) this.visit(below, scope);
      return;
    }
    const owner: Owner = this.helpers.get(name) ?? { assertions: [], calls: [] };
    this.helpers.set(name, owner);
    for (const below of children(node))
      this.visit(below, { ...scope, owner, throws: saysItChecks.test(name), swallowed: false });
  }

  private place(node: Node, scope: Scope, said: Said, floating = false): Assertion {
    return {
      ...said,
      line: this.lineAt(node.start),
      swallowed: scope.swallowed,
      floating,
      repeated: scope.looped,
    };
  }

  private addAssertion(node: Node, scope: Scope, isStatement: boolean): boolean {
    const read = readAssertion(node, this.given, this.receivers);
    if (!read) return false;
    scope.owner?.assertions.push(this.place(node, scope, read.assertion, isStatement && read.settles));
    for (const part of read.inside) this.visit(part, scope);
    return true;
  }

  private visitCall(node: Node, scope: Scope, isStatement: boolean): void {
    const call = readTestCall(node, this.names);
    if (call) return call.kind === "suite" ? this.visitSuite(call, scope) : this.visitTest(call, scope);
    const callee = child(node, "callee");
    const method = callee?.type === "MemberExpression" ? memberName(callee) : "";
    if (!/^(?:then|catch|finally)$/.test(method) && this.addAssertion(node, scope, isStatement)) return;
    const called = callee?.type === "Identifier" ? text(callee, "name") : method;
    if (called !== "") scope.owner?.calls.push(called);
    const given = list(node, "arguments");
    const dropping = given[0];
    if (
      callee &&
      method === "catch" &&
      isFunction(dropping) &&
      drops(dropping, this.asserts) &&
      child(dropping, "body")?.type === "BlockStatement"
    )
      return this.visit(callee, { ...scope, swallowed: true });
    for (const argument of given)
      if (argument.type === "Identifier") scope.owner?.calls.push(text(argument, "name"));
    const inner = repeats.test(method) ? { ...scope, many: true, looped: true } : scope;
    for (const below of children(node)) this.visit(below, inner);
  }

  private marks(call: TestCall, scope: Scope): { skip: Mark | null; focus: Mark | null } {
    const line = this.lineAt(call.node.start);
    return { skip: scope.skip ?? skipMark(call, line), focus: focusMark(call, line) ?? scope.focus };
  }

  private visitSuite(call: TestCall, scope: Scope): void {
    const many = scope.many || call.tables.length > 0;
    if (call.body)
      this.visit(call.body, {
        ...scope,
        ...this.marks(call, scope),
        many,
        suite: [...scope.suite, call.title],
        owner: null,
      });
  }

  private visitTest(call: TestCall, scope: Scope): void {
    const owner: Owner = { assertions: [], calls: [] };
    const marks = this.marks(call, scope);
    const body = call.body;
    const given = list(body, "params")[0];
    if (given?.type === "Identifier") this.receivers.add(text(given, "name"));
    // `async ({ equal }) => …`
    for (const property of given?.type === "ObjectPattern" ? list(given, "properties") : []) {
      const name = text(child(property, "key"), "name");
      if (ofT.test(name)) this.given.set(text(child(property, "value"), "name"), name);
    }
    if (body)
      this.visit(body, {
        ...scope,
        ...marks,
        suite: [...scope.suite, call.title],
        owner,
        inTest: true,
        throws: true,
        looped: false,
        swallowed: false,
      });
    // Tests within tests are in the bodies of all that are around them.
    const printed = scope.suite.length > deepestSuite ? "" : print(child(body, "body"));
    const inBody = body ? skipOfBody(body, this.lineAt) : null;
    this.tests.push({
      path: this.path,
      line: this.lineAt(call.node.start),
      suite: scope.suite.join(" > "),
      title: call.title,
      ...marks,
      skip: marks.skip ?? inBody,
      empty:
        body !== null &&
        !contains(
          body,
          /^(?:CallExpression|NewExpression|AwaitExpression|ThrowStatement|TaggedTemplateExpression|ImportExpression|TSSatisfiesExpression)$/,
        ),
      opaque: call.opaque,
      many: scope.many || call.tables.length > 0,
      cases: call.cases,
      body: printed,
      words: wordsOf(printed),
      ...owner,
    });
  }
}

/** Takes a JavaScript or TypeScript file apart; null where it does not parse. */
export async function readScript(path: string, source: string): Promise<Code | null> {
  const script = await parseScript(path, source);
  if (!script) return null;
  const lineAt = createLineIndex(source);
  const names = readNames(script.program);
  const reader = new Reader(path, lineAt, names, readReceivers(script.program));
  reader.visit(script.program, {
    suite: [],
    skip: null,
    focus: null,
    many: false,
    owner: null,
    inTest: false,
    throws: false,
    looped: false,
    swallowed: false,
  });
  return {
    tests: reader.tests.sort((a, b) => a.line - b.line),
    helpers: reader.helpers satisfies ReadonlyMap<string, Checks>,
    comments: script.comments.map(({ value, start }) => ({ text: value, line: lineAt(start) })),
    traces: readTraces(script.program, lineAt),
    exits: readExits(script.program, lineAt),
    fileNames: readFileNames(script.program, lineAt),
    imports: names.imports,
  };
}
