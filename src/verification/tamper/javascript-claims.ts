import {
  child,
  list,
  literalsOf,
  memberName,
  type Node,
  print,
  stringOf,
  text,
  unwrap,
} from "./javascript-tree.ts";
import type { Assertion, Strength } from "./model.ts";
import { type Claim, strengthOf } from "./strength.ts";

interface Link {
  readonly name: string;
  readonly args: readonly Node[] | null;
}

/** `expect(x).not.toBe(1)` as what it begins with and what hangs on it, in the order of reading. */
function unchain(node: Node): { base: Node; links: Link[] } {
  const links: Link[] = [];
  let at = unwrap(node);
  let args: readonly Node[] | null = null;
  for (;;) {
    if (at.type === "CallExpression" && args === null) {
      const callee = child(at, "callee");
      if (callee?.type !== "MemberExpression") break;
      args = list(at, "arguments");
      at = callee;
    } else if (at.type === "MemberExpression" && memberName(at) !== "") {
      links.unshift({ name: memberName(at), args });
      args = null;
      at = unwrap(child(at, "object") ?? at);
    } else break;
  }
  return { base: at, links };
}

const plain =
  /^(?:not|resolves|rejects|soft|poll|to|be|been|is|that|which|and|has|have|with|at|of|same|but|does|still|also|a|an|deep|should|strict|own|nested|any|all|eventually)$/;
/** What `t` of tap, tape, ava and QUnit can assert; it can do much else. */
export const ofT =
  /^(?:is|isNot|equals?|not|same|strictSame|strictNotSame|notSame|deepEquals?|notDeepEqual|looseEqual|deepLooseEqual|strictEquals?|notEqual|notStrictEqual|deepStrictEqual|ok|notOk|true|false|truthy|falsy|assert|throws|throwsAsync|notThrows|notThrowsAsync|doesNotThrow|rejects|resolves|match|notMatch|doesNotMatch|regex|notRegex|like|unlike|has|hasStrict|matchSnapshot|snapshot|error|ifError|ifErr|emits|type|propEqual|expect|pass|resolveMatch)$/;

const noValue = /^(?:undefined|#null|\(UnaryExpression void #0 \)|#undefined)$/;
const isLiteralText = (printed: string): boolean => /^(?:"(?:[^"\\]|\\.)*"|#\S+)$/.test(printed);

/** Whether an expression has one value whatever the code under test does. */
export function isConstant(node: Node): boolean {
  const inner = unwrap(node);
  if (inner.type === "Literal" || stringOf(inner) !== null) return true;
  if (inner.type === "Identifier") return /^(?:undefined|NaN|Infinity)$/.test(text(inner, "name"));
  if (/^(?:Unary|Binary|Logical)Expression$/.test(inner.type))
    return ["left", "right", "argument"].every((field) => {
      const below = child(inner, field);
      return below === null || isConstant(below);
    });
  if (inner.type === "ArrayExpression") return list(inner, "elements").every(isConstant);
  if (inner.type === "ObjectExpression")
    return list(inner, "properties").every((property) => {
      const value = child(property, "value");
      return value !== null && isConstant(value);
    });
  return false;
}

const isTruthyLiteral = (node: Node): boolean => {
  const known = stringOf(node);
  if (known !== null) return known !== "";
  if (node.type === "Literal") return Boolean(node["value"]);
  if (/^(?:Array|Object)Expression$/.test(node.type)) return true;
  return (
    node.type === "UnaryExpression" &&
    node["operator"] === "!" &&
    child(node, "argument")?.type === "Literal" &&
    !child(node, "argument")?.["value"]
  );
};

const calls = (printed: string): boolean =>
  /\((?:Call|New|Await|TaggedTemplate|Yield|Update|Assignment|Import)Expression/.test(printed);

/** Functions whose answer is yes or no. */
const predicates =
  /^(?:(?:is|has|have|can|should|are|was|does)(?:[A-Z_]\w*)?|includes|some|every|test|startsWith|endsWith|equals?|match(?:es)?|exists(?:Sync)?|contains|\w*[eE]qual\w*)$/;

/** What it says to hold that an expression is true. `exactly`: true itself, not only what counts as true. */
function readTruth(given: Node, exactly: boolean): Claim {
  const node = unwrap(given);
  const claim = (strength: Strength): Claim => ({
    subject: print(node),
    matcher: exactly ? "toBe" : "truthy",
    expected: exactly ? "#true" : "",
    strength,
  });
  // A text that is asserted says that a place was reached, as `pass` does.
  if (stringOf(node)) return claim(1);
  if (isTruthyLiteral(node)) return claim(0);
  if (node.type === "LogicalExpression") {
    const sides = [child(node, "left"), child(node, "right")].filter((side) => side !== null);
    const claims = sides.map((side) => readTruth(side, exactly));
    const strengths = claims.map(({ strength }) => strength);
    if (node["operator"] === "||") return claim(Math.min(...strengths, 1) as Strength);
    return claim(Math.max(...strengths) as Strength);
  }
  if (node.type === "BinaryExpression") {
    const [left, right] = [print(child(node, "left")), print(child(node, "right"))];
    const operator = text(node, "operator");
    const equality = /^([!=])==?$/.exec(operator);
    if (!equality) return { subject: left, matcher: operator, expected: right, strength: 2 };
    const same = left === right && !calls(left);
    const against = noValue.test(right) || noValue.test(left);
    if (equality[1] === "=")
      return { subject: left, matcher: "toBe", expected: right, strength: same ? 0 : 3 };
    return { subject: left, matcher: "not.toBe", expected: right, strength: against ? 1 : 2 };
  }
  if (node.type === "UnaryExpression" && node["operator"] === "!") {
    const inner = child(node, "argument");
    if (inner?.type === "UnaryExpression" && inner["operator"] === "!")
      return readTruth(child(inner, "argument") ?? inner, false);
    return claim(2);
  }
  if (exactly) return claim(3);
  if (node.type !== "CallExpression") return claim(1);
  const callee = child(node, "callee");
  return claim(predicates.test(text(child(callee, "property") ?? callee, "name")) ? 2 : 1);
}

/** Says what an assertion claims, its library aside. */
function readClaim(
  subject: Node | null,
  matcher: string,
  negated: boolean,
  expected: readonly Node[],
): Claim {
  const wanted = expected.map(print).join(" , ");
  const isTrue =
    /^(?:toBe|toEqual|toStrictEqual|equals?|strictEquals?|is|same|deepEqual|deepStrictEqual|eql)$/.test(
      matcher,
    ) && wanted === "#true";
  if (subject && !negated) {
    if (isTrue || /^(?:isTrue|true)$/.test(matcher)) return readTruth(subject, true);
    if (/^(?:toBeTruthy|ok|assert|isOk|truthy)$/.test(matcher)) return readTruth(subject, false);
  }
  const printed = print(subject);
  const full = negated ? `not.${matcher}` : matcher;
  const base: Claim = {
    subject: printed,
    matcher: full,
    expected: wanted,
    strength: strengthOf(matcher, negated, expected.length > 0),
  };
  if (!subject) return base;
  if (matcher === "pass") return { ...base, strength: 1 };
  const constant = isConstant(subject);
  const first = expected[0];
  const compares = /equal|^(?:toBe|is|same|eql|not|ok|eq|assert|truthy|toBeTruthy|toBeDefined|exists)/i.test(
    matcher,
  );
  const alwaysHolds =
    (constant &&
      compares &&
      expected.every(isConstant) &&
      !(first && isLiteralText(printed) && isLiteralText(wanted) && printed !== wanted && !negated)) ||
    (base.strength === 3 && !negated && printed === wanted && !calls(printed));
  if (
    alwaysHolds &&
    /^(?:Literal|TemplateLiteral)$/.test(subject.type) &&
    /^(?:false|isFalse|null|undefined|notOk|fail)$/.test(matcher)
  )
    return base;
  if (alwaysHolds) return { ...base, strength: 0 };
  if (/^\(CallExpression \(MemberExpression expect (?:anything|any) /.test(wanted))
    return { ...base, strength: 1 };
  if (
    /^(?:equal|strictEqual|toBe|toEqual|toStrictEqual|is)$/.test(matcher) &&
    negated &&
    noValue.test(wanted)
  )
    return { ...base, strength: 1 };
  return base;
}

export type Said = Omit<Assertion, "line" | "swallowed" | "floating" | "repeated">;

export interface FoundAssertion {
  readonly assertion: Said;
  /** Its parts that may hold assertions themselves. */
  readonly inside: readonly Node[];
  readonly settles: boolean;
}

function found(claim: Claim, links: readonly Link[], inside: readonly Node[]): FoundAssertion {
  return {
    assertion: {
      ...claim,
      literals: literalsOf(claim.expected),
      wild:
        claim.expected.match(
          /MemberExpression expect (?:any|anything|objectContaining|arrayContaining|stringContaining|stringMatching) /g,
        )?.length ?? 0,
    },
    inside,
    settles: links.some(({ name }) => name === "resolves" || name === "rejects"),
  };
}

/**
 * The assertion that a call, or the end of a chain of properties, makes; null where it makes none.
 * `named` are the functions that the file imports from assertion libraries, by the names they have in the file,
 * `receivers` what its tests are given to assert with.
 */
export function readAssertion(
  node: Node,
  named: ReadonlyMap<string, string>,
  receivers: ReadonlySet<string>,
): FoundAssertion | null {
  const { base, links } = unchain(node);
  const inside = links.flatMap(({ args }) => args ?? []);
  const root = base.type === "CallExpression" ? text(child(base, "callee"), "name") : text(base, "name");
  const args = base.type === "CallExpression" ? list(base, "arguments") : null;
  const last = links.at(-1);
  const negated = links.some(({ name }) => /^(?:not|never)$/.test(name));
  const library = named.get(root) ?? root;
  if (args && /^(?:expect|expectTypeOf|expectType)$/.test(library)) {
    const subject = args[0] ?? null;
    const said = links.filter(({ name }) => !plain.test(name)).at(-1);
    const deep = links.filter(({ name, args }) => args && !/^(?:soft|poll)$/.test(name)).at(-1);
    const matcher = said ?? deep ?? last;
    if (!matcher)
      return found(
        { subject: print(subject), matcher: "", expected: "", strength: library === "expect" ? 0 : 2 },
        links,
        args,
      );
    return found(readClaim(subject, matcher.name, negated, matcher.args ?? []), links, [...args, ...inside]);
  }
  if (library === "expect" && last?.args) {
    const first = links[0];
    if (links.length > 1 && first?.args && /^(?:soft|poll)$/.test(first.name))
      return found(readClaim(first.args[0] ?? null, last.name, negated, last.args), links, inside);
    if (/^(?:assertions|hasAssertions)$/.test(last.name))
      return found(
        { subject: "expect", matcher: last.name, expected: last.args.map(print).join(" "), strength: 2 },
        links,
        [],
      );
    return null;
  }
  if (args && links.length === 0) {
    if (library === "assert" || (named.has(root) && library === "ok"))
      return found(readClaim(args[0] ?? null, "assert", false, []), links, args);
    if (named.has(root) && library !== "*")
      return found(readClaim(args[0] ?? null, library, false, expectedOf(library, args)), links, args);
    return null;
  }
  const should = links.findIndex(({ name }) => name === "should");
  if (should > 0 && last) return found(readClaim(base, last.name, negated, last.args ?? []), links, inside);
  if (!last?.args) return null;
  // A parameter called `assert` can do more than assert.
  if (/^(?:plan|end|comment|test|timeout\w*|async|step|verifySteps|teardown)$/.test(last.name)) return null;
  const asserts = library === "assert" || links.slice(0, -1).some(({ name }) => name === "assert");
  if (
    asserts ||
    ((receivers.has(root) || /^(?:t|tap)$/.test(library)) && links.length === 1 && ofT.test(last.name))
  )
    return found(
      readClaim(last.args[0] ?? null, last.name, false, expectedOf(last.name, last.args)),
      links,
      inside,
    );
  if (last.name === "expect" && last.args.length > 0)
    return found(
      { subject: print(base), matcher: "expect", expected: last.args.map(print).join(" , "), strength: 3 },
      links,
      inside,
    );
  return null;
}

/** Of the arguments of `assert.equal(x, 1, "message")`, what is expected. */
function expectedOf(matcher: string, args: readonly Node[]): Node[] {
  if (
    /^(?:ok|notOk|true|false|truthy|falsy|assert|pass|error|ifError|isOk|isTrue|isFalse|exists|isDefined|doesNotThrow|notThrows)$/.test(
      matcher,
    )
  )
    return [];
  const second = args[1];
  if (!second) return [];
  return /^(?:throws|rejects)/.test(matcher) && stringOf(second) !== null ? [] : [second];
}
