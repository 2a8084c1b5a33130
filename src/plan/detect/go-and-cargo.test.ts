import { expect, test } from "vitest";
import { detect } from "../../../test/harness/detected.ts";

test("go leaves its events and a cover profile", async () => {
  expect((await detect({ "go.mod": "module x" })).checks).toEqual([
    { name: "build", run: "go build ./..." },
    { name: "lint", run: "go vet ./..." },
    {
      name: "test",
      run: "go test -json -coverprofile=coverage.out ./... > go-test.json",
      report: "go-test.json",
      coverage: "coverage.out",
    },
  ]);
});

test("cargo's own tests count by their exit code, and that is said", async () => {
  const { checks, notes } = await detect({ "Cargo.toml": "", "Cargo.lock": "" });
  expect(checks).toEqual([
    { name: "build", run: "cargo build --locked" },
    { name: "test", run: "cargo test --locked" },
  ]);
  expect(notes).toEqual([expect.stringMatching(/^cargo test leaves no report/)]);
});

test.each([
  [
    '[profile.default]\nretries = 1\n[profile.ci.junit]\npath = "junit.xml"\n',
    " --profile ci",
    "ci/junit.xml",
  ],
  ["[profile.default.junit]\npath = 'out/j.xml'", "", "default/out/j.xml"],
])("nextest leaves JUnit where a profile of it has a path", async (settings, profile, report) => {
  const { checks } = await detect({ "Cargo.toml": "", ".config/nextest.toml": settings });
  expect(checks.at(-1)).toEqual({
    name: "test",
    run: `cargo nextest run${profile}`,
    report: `target/nextest/${report}`,
  });
});

test.each(["", "[profile.ci.junit]\n[other]\npath = 'x'\n", "[profile.ci.junit]\npath = '$(x)'\n"])(
  "nextest without such a path counts by its exit code: %j",
  async (settings) => {
    const { checks, notes } = await detect({ "Cargo.toml": "", ".config/nextest.toml": settings });
    expect(checks.at(-1)).toEqual({ name: "test", run: "cargo nextest run" });
    expect(notes).toEqual([expect.stringMatching(/^No profile of \.config\/nextest\.toml/)]);
  },
);

test("clippy is run where it is configured", async () => {
  const lint = { name: "lint", run: "cargo clippy --all-targets" };
  expect((await detect({ "Cargo.toml": "", "clippy.toml": "" })).checks).toContainEqual(lint);
  const table = "[workspace.lints.clippy]\nunwrap_used = 'deny'\n";
  expect((await detect({ "Cargo.toml": table })).checks).toContainEqual(lint);
});
