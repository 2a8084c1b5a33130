/** `type-changed` is git's T: a file became a link, a link a file, and so on. */
export const changeStatuses = ["added", "modified", "deleted", "type-changed"] as const;
export type ChangeStatus = (typeof changeStatuses)[number];

/** A path that differs between two trees, as git's raw diff has it; a rename is a deletion and an addition. */
export interface TreeDifference {
  readonly path: string;
  readonly status: ChangeStatus;
  /** Git modes, `000000` where the side does not exist. */
  readonly oldMode: string;
  readonly newMode: string;
  readonly oldBlob: string;
  readonly newBlob: string;
}

/** One path of a change. */
export interface ChangedFile extends TreeDifference {
  /** Of the new side; null when there is none. */
  readonly bytes: number | null;
  /** Left out where they were not counted: no text, or too large. */
  readonly lines?: { readonly added: number; readonly removed: number };
}

/** What a builder did, read from the tree. */
export interface Change {
  readonly base: string;
  readonly tree: string;
  /** A commit of that tree in the private repository, so that nothing is lost. */
  readonly commit: string;
  readonly fileCount: number;
  /** The first files by path, at most `maxListedFiles`; the tree holds the rest. */
  readonly files: readonly ChangedFile[];
}

/** A change's list in the ledger stays bounded; judgement always sees every file. */
export const maxListedFiles = 200;

/** A rule that a change breaks. */
export interface Violation {
  readonly kind:
    | "protected-path"
    | "out-of-scope"
    | "undeclared-deletion"
    | "test-deleted"
    | "test-emptied"
    | "submodule-changed"
    | "symlink-refused"
    | "mode-refused"
    | "special-file"
    | "change-too-large";
  readonly path: string;
  readonly message: string;
}

/** A grant that let a protected path through. */
export interface GrantUse {
  readonly path: string;
  readonly reason: string;
  readonly expires: string;
}
