import { finding, findings, Refused, type Finding, type FindingCode } from "./findings.ts";

/** What a verifier learned about a container; only what was proved, unless a finding says otherwise. */
export interface EvidenceFacts {
  /** `x-road`: one message. `taroko`: one exchange with both members' signatures. */
  form?: "x-road" | "taroko";
  /** Who sealed it, path form. */
  signer?: string;
  /** The signer's word. */
  signedAt?: string;
  /** Who sealed the half that the other member sent, path form, and when by its own word. */
  receivedSigner?: string;
  receivedSignedAt?: string;
  /** From the time stamp. */
  stampedAt?: string;
  stampedBy?: string;
  exchangeId?: string;
  client?: string;
  service?: string;
  outcome?: string;
  /** The record's entry in the member's log, and how many witnesses cosigned. */
  log?: string;
  logPosition?: number;
  witnesses?: readonly string[];
  /** By which keys the members signed. */
  requestKey?: string;
  responseKey?: string;
}

/**
 * `invalid` with the first thing that is wrong; `indeterminate` when nothing is wrong and something could not be told;
 * `valid` otherwise. `notes` never change a verdict.
 */
export interface EvidenceVerdict {
  readonly verdict: "valid" | "invalid" | "indeterminate";
  /** Why it is not valid, the first reason first. */
  readonly findings: readonly Finding[];
  readonly notes: readonly Finding[];
  readonly facts: EvidenceFacts;
}

/** Collects while a container is checked. */
export class Report {
  readonly facts: EvidenceFacts = {};
  /** Of the seal. */
  timeStamp: "none" | "unchecked" | "checked" = "none";
  readonly #found: Finding[] = [];

  /** Something that is no reason to stop. */
  say(code: FindingCode, detail: string = ""): void {
    this.#found.push(finding(code, detail));
  }

  /** A verdict of what was found; `fault` is what ended the check, if it did not come to its end. */
  verdict(fault?: Refused): EvidenceVerdict {
    const all = fault ? [finding(fault.code, fault.message), ...this.#found] : this.#found;
    const failed = all.filter(({ weight }) => weight === "failed");
    const unchecked = all.filter(({ weight }) => weight === "unchecked");
    return {
      verdict: failed.length > 0 ? "invalid" : unchecked.length > 0 ? "indeterminate" : "valid",
      findings: [...failed, ...unchecked],
      notes: all.filter(({ code }) => findings[code].weight === "noted"),
      facts: this.facts,
    };
  }
}
