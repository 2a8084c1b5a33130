import type { DetectedCheck, Folder, Part } from "./part.ts";

export async function detectCargo(folder: Folder): Promise<Part | null> {
  const { names, read, list } = folder;
  if (!names.has("Cargo.toml")) return null;
  const locked = names.has("Cargo.lock") ? " --locked" : "";
  const hasNextest = names.has(".config") && (await list(".config")).includes("nextest.toml");
  const tests = hasNextest ? nextest(await read(".config/nextest.toml"), locked) : plainTests(locked);
  const hasClippy =
    [...names].some((name) => /^\.?clippy\.toml$/.test(name)) ||
    /^[ \t]*\[(workspace\.)?lints\.clippy\]/m.test(await read("Cargo.toml"));
  const checks = [
    { name: "build", run: `cargo build${locked}` },
    ...(hasClippy ? [{ name: "lint", run: `cargo clippy${locked} --all-targets` }] : []),
    tests.check,
  ];
  return {
    name: "cargo",
    because: "Cargo.toml",
    setup: [`cargo fetch${locked}`],
    checks,
    notes: [tests.note],
  };
}

interface Tests {
  readonly check: DetectedCheck;
  readonly note: string;
}

const plainTests = (locked: string): Tests => ({
  check: { name: "test", run: `cargo test${locked}` },
  note: "cargo test leaves no report, so only its exit code counts; cargo nextest with a `junit` section in .config/nextest.toml leaves one.",
});

/** nextest leaves a report where a profile of its configuration has a `junit` section with a path. */
function nextest(settings: string, locked: string): Tests {
  const section = /^[ \t]*\[profile\.([\w-]+)\.junit\]([^[]*)/m.exec(settings);
  const profile = section?.[1];
  const path = /^[ \t]*path[ \t]*=[ \t]*["']([\w./-]+)["']/m.exec(section?.[2] ?? "")?.[1];
  const run = `cargo nextest run${locked}`;
  const note =
    "cargo nextest runs no documentation tests; add a check for `cargo test --doc` if there are any.";
  if (profile === undefined || path === undefined) {
    return {
      check: { name: "test", run },
      note: `No profile of .config/nextest.toml has a \`junit\` path, so only the exit code of its tests counts. ${note}`,
    };
  }
  const chosen = profile === "default" ? "" : ` --profile ${profile}`;
  const report = `target/nextest/${profile}/${path}`;
  return { check: { name: "test", run: `${run}${chosen}`, report }, note };
}
