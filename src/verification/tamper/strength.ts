import type { Strength } from "./model.ts";

/** What is left of an assertion when the way it is written is taken off. */
export interface Claim {
  readonly subject: string;
  readonly matcher: string;
  readonly expected: string;
  readonly strength: Strength;
}

/** By the names that the common assertion libraries share. What is not here says something of the value: 2. */
const exact =
  /^(?:to(?:Be|Equal|StrictEqual|HaveLength|BeNull|BeUndefined|BeNaN|BeCloseTo|HaveBeenCalledTimes|HaveReturnedWith|HaveText|HaveValue|HaveCount|HaveURL)|to(?:HaveBeen|Be)(?:Last|Nth)?CalledWith|to(?:Throw(?:Error)?)?Match(?:ing)?(?:Inline)?Snapshot|toThrowErrorMatching(?:Inline)?Snapshot|(?:not)?(?:strict|deep|deepStrict|loose)?[eE]quals?|eql|eq|is|same|strictSame|deepEq|deepLooseEqual|calledWith|calledWithExactly|calledOnceWith|isNull|isUndefined|true|false|null|undefined|NaN|lengthOf|expect|snapshot|matchSnapshot|partialDeepStrictEqual|isTrue|isFalse)$/;
const vague =
  /^(?:toBeDefined|toBeTruthy|toExist|ok|exist|exists|isOk|isDefined|assert|truthy|toBeOk|not\.(?:toBeNull|toBeUndefined|toBeNaN|toThrow|toThrowError|null|undefined|throw|throws)|doesNotThrow|notThrows|notThrowsAsync|doesNotReject|isNotNull|isNotUndefined|pass|notOk|toBeFalsy)$/;

export function strengthOf(matcher: string, negated: boolean, hasExpected: boolean): Strength {
  const full = negated ? `not.${matcher}` : matcher;
  if (vague.test(full)) return 1;
  if (/^(?:toThrow(?:Error)?|throws?|throwsAsync|rejects|rejectedWith)$/.test(matcher))
    return hasExpected && !negated ? 3 : 2;
  if (negated) return 2;
  return exact.test(matcher) ? 3 : 2;
}
