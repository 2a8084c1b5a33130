import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pathKey } from "../domain/paths.ts";
import type { Grant } from "../domain/plan.ts";
import { defaultProtected } from "./default-protected.ts";
import { createPathPolicy, invalidPatterns, showPath } from "./path-policy.ts";

const now = new Date("2026-06-15T12:00:00Z");
const everything = { phaseId: "p", write: ["**"] };

function policyOf(protect: readonly string[], grants: readonly Grant[] = []) {
  return createPathPolicy({ protect, grants, now });
}
const grantOf = (grant: Partial<Grant>): Grant => ({
  paths: ["infra/**"],
  phases: ["p"],
  reason: "the index lives there",
  expires: "2026-12-31",
  ...grant,
});
const kindOf = (path: string, write: readonly string[], protect: readonly string[] = defaultProtected) => {
  const judgement = policyOf(protect).assessPath(path, { phaseId: "p", write });
  return judgement.verdict === "refused" ? judgement.kind : judgement.verdict;
};

describe("the default protected list", () => {
  it.each([
    ".git/config",
    ".git",
    "sub/.git/hooks/pre-commit",
    ".gitmodules",
    "src/.gitmodules",
    ".gitattributes",
    "src/.gitattributes",
    ".lfsconfig",
    "CODEOWNERS",
    "docs/CODEOWNERS",
    ".zuul.d/jobs.yaml",
    ".autopack/state",
    "autopack.yaml",
    ".github/workflows/ci.yml",
    ".github",
    ".gitlab-ci.yml",
    ".circleci/config.yml",
    ".ci/run",
    "azure-pipelines.yml",
    "Jenkinsfile",
    "deploy/Jenkinsfile.prod",
    ".travis.yml",
    ".drone.yml",
    "bitbucket-pipelines.yml",
    ".buildkite/pipeline.yml",
  ])("protects %s", (path) => expect(kindOf(path, ["**"])).toBe("protected-path"));

  it.each([
    [".GIT/config", "case"],
    [".git./config", "a trailing dot"],
    [".git /config", "a trailing space"],
    [".g\u200cit/config", "a character that HFS+ ignores"],
    ["\uff0egit/config", "a full-width dot"],
    [".git::$INDEX_ALLOCATION/config", "an NTFS stream"],
    ["git~1/config", "an NTFS short name"],
    [".git\\hooks\\pre-commit", "backslashes"],
    ["./.git/config", "a dot segment"],
    ["src/../.git/config", "a double dot"],
    ["src//../.git/config", "an empty segment"],
    ["/etc/passwd", "an absolute path"],
    ["../elsewhere", "a path out of the repository"],
    ["AUTOPACK.yaml", "case of the configuration"],
    ["autopack.yaml.", "a trailing dot on the configuration"],
    [".github/workflows/a\nb.yml", "a line feed"],
    [".woodpec\u212aer/x", "the Kelvin sign"],
    ["jenkinsFILE", "case inside"],
    ["src/../../x", "climbing above the root"],
    ["", "nothing"],
    ["a\0b", "a NUL"],
    ["a\ufffdb", "bytes that are no UTF-8"],
    [".git::$INDEX_ALLOCATION", "the stream that is a folder"],
    [".git:evil", "another stream"],
    ["autopack.yaml::$DATA", "the stream that is the file"],
    [".github:$I30:$INDEX_ALLOCATION/workflows/x.yml", "the index of a folder"],
    ["GITHUB~1/workflows/x.yml", "a short name"],
    ["AUTOPA~1.YAM", "a short name with an extension"],
    ["src/GI7EBA~1", "a short name by hash"],
    [".g\u00adithub/x", "a soft hyphen"],
    [".github\ufe0f/x", "a variation selector"],
    [".g\u0131thub/x", "an i without its dot"],
    ["\uff0e\uff47ithub\uff0fworkflows\uff0fx", "full-width signs"],
    [".github\uff3cworkflows", "a full-width backslash"],
    ["docs/codeowners.", "several at once"],
  ])("refuses the look-alike %j: %s", (path) => expect(kindOf(path, ["**"])).toBe("protected-path"));

  it.each([
    ".gitignore",
    "docs/gitattributes.md",
    "src/git.ts",
    "src/github/client.ts",
    "git~/notes.md",
    "docs/autopack.yaml.md",
    "src/ci/run.ts",
    "tests/Jenkinsfile_parser.ts",
    "legit/x",
  ])("leaves %s alone", (path) => expect(kindOf(path, ["**"])).toBe("allowed"));

  it("holds no pattern that is invalid", () => expect(invalidPatterns(defaultProtected)).toEqual([]));
});

describe("scope", () => {
  it.each([
    ["src/a.ts", ["src/**"], "allowed"],
    ["src/.hidden/a.ts", ["src/**"], "allowed"],
    ["src/a.ts", ["src"], "allowed"],
    ["src/deep/a.ts", ["src/"], "allowed"],
    ["src/a.ts", ["./src"], "allowed"],
    ["src/a.ts", ["."], "allowed"],
    ["src/a.ts", ["src/*.ts"], "allowed"],
    ["src/@types/a.d.ts", ["src/@types"], "allowed"],
    ["lib/c++/a.h", ["lib/c++"], "allowed"],
    ["src/deep/a.ts", ["src/*.ts"], "out-of-scope"],
    ["src2/a.ts", ["src"], "out-of-scope"],
    ["src/A.ts", ["src/a.ts"], "out-of-scope"],
    ["SRC/a.ts", ["src/**"], "out-of-scope"],
    ["src/a.ts ", ["src/a.ts"], "out-of-scope"],
    ["src/a.ts", [], "out-of-scope"],
    ["src/a.ts", ["!src/a.ts"], "out-of-scope"],
    ["other/a.ts", ["!src/a.ts"], "out-of-scope"],
    ["app/[id]/page.tsx", ["app/[id]/page.tsx"], "allowed"],
    ["app/[user-id]/page.tsx", ["app/[user-id]/page.tsx"], "allowed"],
    ["app/[...slug]/page.tsx", ["app/[...slug]"], "allowed"],
    ["app/[[...slug]]/page.tsx", ["app/[[...slug]]/page.tsx"], "allowed"],
    ["app/(group)/@modal/page.tsx", ["app/(group)"], "allowed"],
    ["src/b/x.ts", ["src/{a,b}"], "allowed"],
  ] as const)("%s in %j is %s", (path, write, verdict) => expect(kindOf(path, write, [])).toBe(verdict));

  it("never wins over protection", () => {
    expect(kindOf("infra/a", ["infra/a", "**"], ["infra"])).toBe("protected-path");
  });
});

describe("protection by the plan", () => {
  it.each([
    ["LICENSE", ["LICENSE"]],
    ["license", ["LICENSE"]],
    ["infra/a/b", ["infra"]],
    ["infra/a/b", ["infra/"]],
    ["Infra/A", ["infra/**"]],
    ["infra/a", ["INFRA/**"]],
    ["infra", ["infra/**"]],
    ["docs/straße/x", ["docs/straße/**"]],
    ["docs/cafe\u0301", ["docs/caf\u00e9"]],
    ["app/[id]/x.ts", ["app/[id]"]],
    ["a/b.key", ["**/*.key"]],
    ["a/B.KEY", ["**/*.[K]ey"]],
    ["docs/STRASSE/x", ["docs/stra\u00dfe/**"]],
    ["docs/\u03a3\u0391\u03a3x", ["docs/\u03c3\u03b1\u03c2*"]],
    ['the "best"/a.txt', ['the "best"/*.txt']],
    ["secret\u00ads/a", ["secrets"]],
    ["secrets/a", ["secret\u00ads"]],
    ["secrets/a::$DATA", ["secrets/a"]],
    ["SECRET~1/a", ["secrets-of-mine"]],
  ])("%s is protected by %j", (path, protect) =>
    expect(kindOf(path, ["**"], protect)).toBe("protected-path"),
  );

  it("takes a pattern that means nothing as protecting everything", () => {
    expect(kindOf("src/a.ts", ["**"], ["!src/a.ts"])).toBe("protected-path");
  });

  it("says which pattern protects, and what to do", () => {
    const judgement = policyOf(["infra/**"]).assessPath("infra/a.json", everything);
    expect(judgement).toMatchObject({ verdict: "refused" });
    expect("message" in judgement && judgement.message).toMatch(
      /infra\/a\.json is protected by "infra\/\*\*".*grant/,
    );
  });
});

describe("a grant", () => {
  const judge = (grant: Partial<Grant>, path = "infra/a.json", write: readonly string[] = ["**"]) =>
    policyOf(["infra/**", ...defaultProtected], [grantOf(grant)]).assessPath(path, { phaseId: "p", write });

  it("lets a protected path through, and is reported as used", () => {
    expect(judge({})).toEqual({
      verdict: "allowed",
      grant: { path: "infra/a.json", reason: "the index lives there", expires: "2026-12-31" },
    });
  });
  it("is not reported for a path that needs none", () => {
    expect(judge({ paths: ["**"] }, "src/a.ts")).toEqual({ verdict: "allowed" });
  });
  it("holds through its last day", () => {
    expect(judge({ expires: "2026-06-15" }).verdict).toBe("allowed");
    expect(judge({ expires: "2026-06-14" })).toMatchObject({
      verdict: "refused",
      message: expect.stringContaining("expired on 2026-06-14"),
    });
  });
  it("that has no date has expired", () => expect(judge({ expires: "never" }).verdict).toBe("refused"));
  it("of another phase is none", () => expect(judge({ phases: ["q"] }).verdict).toBe("refused"));
  it("of another path is none", () => expect(judge({ paths: ["infra/b/**"] }).verdict).toBe("refused"));
  it("does not widen the scope", () => {
    expect(judge({}, "infra/a.json", ["src/**"])).toMatchObject({ kind: "out-of-scope" });
  });
  it("does not cover a look-alike", () => expect(judge({}, "INFRA/a.json").verdict).toBe("refused"));
  it("never opens .git", () => {
    expect(judge({ paths: ["**", ".git/**"] }, ".git/config")).toMatchObject({ kind: "protected-path" });
  });
  it("opens what only has the form of a short name", () => {
    expect(judge({ paths: ["docs/ab~1.md"] }, "docs/ab~1.md").verdict).toBe("allowed");
    expect(judge({ paths: ["git~1"] }, "git~1").verdict).toBe("refused");
  });
  it("opens CI configuration", () => {
    expect(judge({ paths: [".github/workflows/**"] }, ".github/workflows/ci.yml").verdict).toBe("allowed");
  });
});

describe("patterns", () => {
  it("that mean nothing are named", () => {
    const bad = ["", " ", "!src/**", "!(a)/**", "/src/**", "../x", "a/../b", "src/[z-a]/*", "a\0"];
    expect(invalidPatterns([...bad, "src/**", "app/[user-id]/page.tsx", "**/!(x)", "a..b"])).toEqual(bad);
  });
});

describe("laws", () => {
  const segment = fc.oneof(
    fc.constantFrom(".github", ".git", "src", "Infra", "infra.", "a b", "é", "..", ".", ""),
    fc.string({ unit: "grapheme", maxLength: 6 }),
  );
  const path = fc.array(segment, { maxLength: 4 }).map((parts) => parts.join("/"));

  it("whatever has the key of a protected path is refused", () => {
    const policy = policyOf(["infra/**", ...defaultProtected]);
    fc.assert(
      fc.property(path, (candidate) => {
        const first = pathKey(candidate).split("/")[0] ?? "";
        fc.pre(["infra", ".git", ".github"].includes(first));
        expect(policy.assessPath(candidate, everything)).toMatchObject({ kind: "protected-path" });
      }),
    );
  });
  it("more protection never allows more, and more scope never refuses more", () => {
    fc.assert(
      fc.property(path, fc.array(path), fc.array(path), path, (candidate, protect, write, added) => {
        const allowed = (guards: string[], scope: string[]) =>
          policyOf(guards).assessPath(candidate, { phaseId: "p", write: scope }).verdict === "allowed";
        if (allowed([...protect, added], write)) expect(allowed(protect, write)).toBe(true);
        if (allowed(protect, write)) expect(allowed(protect, [...write, added])).toBe(true);
      }),
    );
  });
  it("judges twenty thousand files with the same patterns", () => {
    const policy = policyOf([...defaultProtected, "infra/**"]);
    const verdicts = Array.from(
      { length: 20_000 },
      (_, i) =>
        policy.assessPath(`src/folder-${i % 100}/file-${i}.ts`, { phaseId: "p", write: ["src/**"] }).verdict,
    );
    expect(new Set(verdicts)).toEqual(new Set(["allowed"]));
  });
});

describe("a path in a sentence", () => {
  it("shows what does not print", () => {
    expect(showPath("a\nb\u001b[31m\u202ec")).toBe("a\\u{a}b\\u{1b}[31m\\u{202e}c");
    expect(showPath("docs/été 日本.md")).toBe("docs/été 日本.md");
  });
});
