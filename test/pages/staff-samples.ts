import { both } from "#ui";
import type { OfficeRole, StaffMember, StepRow } from "../../src/identity/officers/index.ts";
import {
  inviteStaffPage,
  officePage,
  staffCodePage,
  staffInvitedPage,
  staffMemberPage,
  staffPage,
  staffPastPage,
  staffSignInPage,
  teamsPage,
} from "../../src/identity/pages/index.ts";
import { at } from "./sample-facts.ts";
import type { Sample } from "./samples.ts";

const now = at("14:12");
const day = (days: number): Date => new Date(now.getTime() + days * 86_400_000);
const role = (name: string, state: OfficeRole["state"], change: Partial<OfficeRole> = {}): OfficeRole => ({
  role: name,
  state,
  until: day(200),
  reviewBy: day(40),
  ...change,
});
const agency = both("臺北市政府社會局", "Taipei City Department of Social Welfare");
const member = (name: string, change: Partial<StaffMember>): StaffMember => ({
  id: `0190b1a0-0000-7000-8000-${String(name.length).padStart(12, "0")}`,
  name,
  accepted: true,
  teams: [],
  roles: [],
  ...change,
});
const wang = member("王小華", {
  teams: ["輔具組"],
  roles: [
    role("caseworker", "in-force", { until: day(20), reviewBy: day(-2) }),
    role("approver", "in-force", { asked: { by: "x", until: day(365) } }),
    role("archivist", "suspended"),
  ],
  twoNetworks: day(-1),
});
const guest = member("<b>𠮷田</b>新同事", {
  accepted: false,
  invitedUntil: day(30),
  roles: [role("caseworker", "invited"), { role: "security", state: "asked", asked: { by: "x", until: day(365) } }],
});
const step = (what: StepRow["what"], name: string | null = "蔡宜君"): StepRow => ({
  id: what,
  office_id: "o",
  role: what.startsWith("role") ? "approver" : null,
  what,
  by_person: null,
  by_name: name,
  at: day(-3),
});
const teams = ["輔具組", "托育組"];

export const staffSamples: readonly Sample[] = [
  {
    name: "staff",
    as: "officer",
    render: (lang, chrome) =>
      staffPage(
        {
          agency,
          members: [wang, guest],
          total: 52,
          search: "",
          team: "",
          soon: true,
          teams,
          now,
          manages: true,
          pages: { page: 2, pages: 3, href: (page) => `?page=${page}` },
        },
        lang,
        chrome,
      ),
  },
  {
    name: "staff-invite",
    as: "officer",
    render: (lang, chrome) =>
      inviteStaffPage(
        {
          form: { name: "黃小姐", roles: ["caseworker"], months: "", teams: [] },
          roles: ["caseworker", "approver", "security", "staff-manager"],
          teams,
          errors: [{ field: "months", text: both("請選擇多久，最長一年。", "Choose for how long, a year at most.") }],
        },
        lang,
        chrome,
      ),
  },
  {
    name: "staff-invited",
    as: "officer",
    render: (lang, chrome) =>
      staffInvitedPage({ name: "黃小姐", code: "7KQ2M-XV4HB-9TDNA-3WRFE", byNumber: true }, lang, chrome),
  },
  {
    name: "staff-member",
    as: "officer",
    render: (lang, chrome) =>
      staffMemberPage(
        {
          member: wang,
          steps: [step("invited"), step("accepted", "王小華"), step("role-asked"), step("two-networks", null)],
          may: () => true,
          account: true,
          roles: ["caseworker", "approver"],
          teams,
          now,
        },
        lang,
        chrome,
      ),
  },
  {
    name: "staff-teams",
    as: "officer",
    render: (lang, chrome) =>
      teamsPage(
        {
          teams: [{ name: "輔具組", services: ["aid"], members: 4 }],
          services: [{ id: "aid", title: both("身心障礙者輔具補助", "Assistive-device subsidy") }],
        },
        lang,
        chrome,
      ),
  },
  {
    name: "staff-past",
    as: "officer",
    render: (lang, chrome) =>
      staffPastPage(
        { day: "2026-03-02", terms: [{ name: "王小華", role: "caseworker", from: day(-90), until: day(20) }] },
        lang,
        chrome,
      ),
  },
  {
    name: "office",
    as: "officer",
    render: (lang, chrome) =>
      officePage(
        {
          offices: [
            {
              id: "a",
              agency,
              roles: ["caseworker", "approver"],
              teams: ["輔具組"],
              current: true,
              account: "unbound",
            },
            {
              id: "b",
              agency: both("數位發展部", "Ministry of Digital Affairs"),
              roles: ["security"],
              teams: [],
              current: false,
            },
          ],
          invitations: [
            {
              id: "i",
              agency: both("衛生福利部", "Ministry of Health and Welfare"),
              roles: ["caseworker"],
              until: day(12),
            },
          ],
          manages: true,
          fixed: false,
          errors: [
            {
              field: "code",
              text: both("沒有這個代碼，或已經失效。", "There is no such code, or it is no longer good."),
            },
          ],
        },
        lang,
        chrome,
      ),
  },
  {
    name: "office-none",
    as: "officer",
    render: (lang, chrome) => officePage({ offices: [], invitations: [], manages: false, fixed: false }, lang, chrome),
  },
  {
    name: "staff-sign-in",
    as: "nobody",
    render: (lang, chrome) =>
      staffSignInPage({ agencies: [{ key: "social", name: agency }], next: "/desk" }, lang, chrome),
  },
  {
    name: "staff-code",
    as: "nobody",
    render: (lang, chrome) => staffCodePage({ action: "/desk/sign-in/social/code" }, lang, chrome),
  },
];
